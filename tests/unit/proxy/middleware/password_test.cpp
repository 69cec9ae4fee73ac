// Hashes made by `openssl passwd` and `htpasswd`.
#include "middleware/password.hpp"

#include "catch.hpp"

#include <crypt.h>

#include <memory>

using namespace waggle::proxy::middleware;

TEST_CASE("md5 crypt agrees with Apache's and crypt(3)", "[unit][proxy][middleware]") {
  CHECK(md5_crypt("$apr1$", "H6uskkkW", "test") == "$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/");
  CHECK(md5_crypt("$apr1$", "abcdefgh", "") == "$apr1$abcdefgh$L.PT565ESX4Tp2bqNs7Ie.");
  CHECK(md5_crypt("$apr1$", "abcdefgh", "a") == "$apr1$abcdefgh$G8IsPsylW5ROvIKsQMRG61");
  CHECK(md5_crypt("$apr1$", "abcdefgh", "p@ss:w\xc3\xb6rd long 12345678901234567890") == "$apr1$abcdefgh$zaFvoyuaQ033sNteqyZnz.");
  CHECK(md5_crypt("$1$", "xy", "password") == "$1$xy$GSi9DZ/itmn9/ge6aijPn/");
  const auto memory = std::make_unique<crypt_data>();
  for (std::size_t n = 1; n < 80; n += 7) {
    const std::string password(n, 'q');
    CHECK(md5_crypt("$1$", "saltsalt", password) == crypt_r(password.c_str(), "$1$saltsalt$", memory.get()));
  }
}

TEST_CASE("a bcrypt hash that would take minutes is never computed", "[unit][proxy][middleware]") {
  std::string stored = "$2b$04$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS";
  CHECK(bcrypt_cost(stored) == 4);
  CHECK(kind_of(stored) == hash_kind::bcrypt);
  for (const char* const cost : {"15", "31", "99"}) {
    stored.replace(4, 2, cost);
    CHECK(kind_of(stored) == hash_kind::costly);
    CHECK_FALSE(fits(stored, "secret"));  // and at once
  }
  CHECK(bcrypt_cost("$2b$xx$") == 0);
  CHECK(bcrypt_cost("{SHA}") == 0);
}

TEST_CASE("passwords fit the hashes that htpasswd writes, and nothing else", "[unit][proxy][middleware]") {
  const std::string bcrypt = "$2b$04$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS";
  const std::string stored[] = {bcrypt, "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", md5_crypt("$1$", "ab", "secret"), md5_crypt("$apr1$", "ab", "secret")};
  for (const std::string& s : stored) {
    INFO(s);
    CHECK(fits(s, "secret"));
    CHECK_FALSE(fits(s, "Secret"));
    CHECK_FALSE(fits(s, ""));
    CHECK_FALSE(fits(s, "secret2"));
    CHECK_FALSE(fits(s, std::string("secret\0", 7)));
    CHECK_FALSE(fits(s, std::string(5000, 'x')));
  }
  std::string php = bcrypt;
  php[2] = 'y';
  CHECK(fits(php, "secret"));
  php[2] = 'x';  // the faulty algorithm of old
  CHECK_FALSE(fits(php, "secret"));
}

TEST_CASE("plain text and unknown hashes never fit", "[unit][proxy][middleware]") {
  for (const std::string s : {"secret", "", "$6$ab$x", "$2b$04$short", "{SHA}", "{PLAIN}secret", "$1$", "$apr1$", "abJnggxhB/yWI"}) {
    INFO(s);
    CHECK_FALSE(fits(s, "secret"));
    CHECK_FALSE(fits(s, ""));
    CHECK_FALSE(fits(s, s));
  }
}
