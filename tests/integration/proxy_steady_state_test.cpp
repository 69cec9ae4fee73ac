// The steady state allocates nothing for a request or a datagram: its own program, since it replaces operator new.
#include "proxy_fixture.hpp"
#include "udp_fixture.hpp"

#include "catch.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<bool> counting{false};
std::atomic<std::uint64_t> allocations{0};
thread_local bool is_test_thread = false;  // threads of the test itself do not count

}  // namespace

// Not inlined: g++ 12 then takes malloc and delete for a mismatch.
__attribute__((noinline)) void* operator new(std::size_t size) {
  if (counting.load(std::memory_order_relaxed) && !is_test_thread) allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* p) noexcept { std::free(p); }
__attribute__((noinline)) void operator delete(void* p, std::size_t) noexcept { std::free(p); }

using namespace waggle;
using namespace waggle::test;

TEST_CASE("a request in the steady state allocates nothing", "[integration][proxy][performance]") {
  is_test_thread = true;
  // One thread plays the server, so that it can be told apart: it answers whatever comes with the same bytes.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&at), size) == 0);
  REQUIRE(::listen(listener, 4) == 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  std::thread server([listener] {
    is_test_thread = true;
    const int s = ::accept(listener, nullptr, nullptr);
    char buffer[8192];
    constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
    while (::recv(s, buffer, sizeof buffer, 0) > 0)
      if (::send(s, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
    ::close(s);
  });

  {
    proxy_fixture edge;
    edge.to({server_on(ntohs(at.sin_port))}, true);
    raw_socket client = edge.connect();
    const std::string url = server_on(ntohs(at.sin_port)).url.str();
    const std::string request =
        "GET /some/path?with=query HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: test\r\nAccept: */*\r\n"
        "Accept-Language: de,en\r\nCookie: a=b; _0=c; session=" +
        url + "; other=1\r\n\r\n";
    const auto exchange = [&] {
      REQUIRE(client.send(request));
      REQUIRE(client.read_until("hello") != "");
    };
    for (int i = 0; i < 100; ++i) exchange();  // pools fill
    constexpr int requests = 2'000;
    counting = true;
    for (int i = 0; i < requests; ++i) exchange();
    counting = false;
    CAPTURE(allocations.load());
    CHECK(allocations.load() <= requests / 100);  // a clock's text or a vector that grows now and then, nothing per request
  }
  ::shutdown(listener, SHUT_RDWR);
  ::close(listener);
  server.join();
}

TEST_CASE("a datagram of a session allocates nothing, nor does its answer", "[integration][udp][performance]") {
  is_test_thread = true;
  udp_peer server, client;
  udp_fixture edge;
  const bool one_packet = GENERATE(false, true);
  edge.to({udp_task(server.port(), 1), udp_task(server.port(), 2, "same port")}, [&](model::udp_service& s) { s.one_packet = one_packet; });
  const auto ask = [&] { REQUIRE(exchange(client, edge.port, server) == "!"); };
  for (int i = 0; i < 100; ++i) ask();
  constexpr std::uint64_t questions = 2'000;
  allocations = 0;
  counting = true;
  for (std::uint64_t i = 0; i < questions; ++i) ask();
  counting = false;
  CAPTURE(allocations.load());
  CHECK(allocations.load() <= questions / 100);
}
