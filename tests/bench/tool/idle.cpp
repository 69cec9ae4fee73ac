// Opens connections, asks once on each (with --silent nothing), and holds them until its input ends.
#include "options.hpp"
#include "wire.hpp"

#include <sys/time.h>

#include <vector>

int run_idle(const Opts& o) {
  const int port = int(o.i("port", 8080)), n = int(o.i("conns", 1000));
  const bool talk = !o.has("silent");
  std::vector<int> fds;
  int failed = 0;
  const string req = "GET " + o.s("path", "/b/128") + " HTTP/1.1\r\nHost: " + o.s("host", "bench.test") + "\r\nCookie: lang=en\r\n\r\n";
  for (int i = 0; i < n; ++i) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    timeval tv{5, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    sockaddr_in a = addr_of("127.0.0.1", port);
    if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) < 0) {
      ++failed;
      if (fd >= 0) close(fd);
      continue;
    }
    if (talk) {
      char b[4096];
      if (send(fd, req.data(), req.size(), MSG_NOSIGNAL) < 0 || recv(fd, b, sizeof b, 0) <= 0) ++failed;
    }
    fds.push_back(fd);
  }
  printf("open %zu failed %d\n", fds.size(), failed);
  fflush(stdout);
  char b[64];
  while (read(0, b, sizeof b) > 0) {
  }
  return 0;
}
