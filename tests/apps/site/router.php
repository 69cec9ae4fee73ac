<?php
// What PHP's own server serves: uploads, forms, a counter in the session.
$path = parse_url($_SERVER["REQUEST_URI"], PHP_URL_PATH);
if ($path === "/upload") {
  echo hash_file("sha256", $_FILES["file"]["tmp_name"]), " ", $_POST["name"];
} elseif ($path === "/count") {
  session_start();
  $_SESSION["count"] = ($_SESSION["count"] ?? 0) + 1;
  echo $_SESSION["count"];
} elseif ($path === "/flush") {
  for ($i = 0; $i < 20; ++$i) {
    echo "part $i\n";
    flush();
    usleep(3000);
  }
} else {
  header("X-Port: " . $_SERVER["SERVER_PORT"]);
  echo "hello";
}
