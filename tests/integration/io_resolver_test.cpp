// A name service that hangs: who asks for such a name waits, nobody else. getaddrinfo(3) of this program is the one below.
#include "io/named_host.hpp"
#include "io/stream.hpp"
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <list>

namespace io = waggle::proxy::io;
using namespace waggle;
using namespace waggle::test;

namespace {

struct {
  std::atomic<bool> all_hang{false}, open{false};
  std::atomic<int> asked{0}, hanging{0};
  std::atomic<const char*> hang{"-"};  ///< names that begin so
} names;

/// Names that begin with `hang` hang in any case, until the test is over. Each test has its own: questions of the one before may still
/// wait for a thread.
struct name_service {
  explicit name_service(const char* hang = "-") {
    names.hang = hang;
    names.all_hang = names.open = false, names.asked = 0;
  }
  ~name_service() {
    names.open = true;
    eventually([] { return names.hanging == 0; }, patience(30s));
  }
};

}  // namespace

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** out) {
  static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (!node || !std::string_view(node).ends_with(".test")) return real(node, service, hints, out);
  ++names.asked;
  if (names.all_hang || std::string_view(node).starts_with(names.hang.load())) {
    ++names.hanging;
    eventually([] { return names.open.load(); }, patience(60s));
    --names.hanging;
    return EAI_AGAIN;
  }
  return real("127.0.0.1", service, hints, out);
}

namespace {

/// One question, with a loop and a client of its own.
class question {
 public:
  question(std::shared_ptr<io::named_host> host, io::time_ms within) : begun_(loop_.now()) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    far_end_ = raw_socket(ends[1]);
    client_.adopt(ends[0]);
    io::spawn(ask(*this, std::move(host), begun_ + within), [](std::exception_ptr) {});
  }
  /// Waits for the answer. @return how many addresses there are.
  std::size_t answer() {
    loop_.run();
    return found_;
  }
  io::time_ms took() const { return answered_ - begun_; }

 private:
  static io::task<void> ask(question& q, std::shared_ptr<io::named_host> host, io::time_ms due) {
    const std::vector<io::socket_address> found = co_await io::named_host::addresses(std::move(host), q.loop_, q.wait_, q.client_, due);
    q.found_ = found.size();
    q.answered_ = q.loop_.now();
    q.loop_.stop();
  }
  io::loop loop_;
  io::stream client_{loop_};
  io::waiter wait_{loop_};
  raw_socket far_end_;
  io::time_ms begun_, answered_ = 0;
  std::size_t found_ = 0;
};

std::shared_ptr<io::named_host> host_of(const std::string& name, io::side_threads::owner owner) {
  return std::make_shared<io::named_host>(name, std::uint16_t{80}, owner, io::time_ms{0});  // asked for anew each time
}

}  // namespace

TEST_CASE("while the name service hangs the old addresses are served, after a moment and then at once", "[integration][proxy][io][names]") {
  const name_service service;
  const auto host = host_of("well.test", 1);
  CHECK(question(host, 10'000).answer() == 1);
  names.all_hang = true;
  question first(host, 10'000);
  CHECK(first.answer() == 1);
  CHECK(first.took() >= io::named_host::courtesy);
  CHECK(first.took() < 5'000);
  for (int i = 0; i < 20; ++i) {
    question next(host, 10'000);
    CHECK(next.answer() == 1);
    CHECK(next.took() < io::named_host::courtesy);
  }
  CHECK(names.asked == 2);  // one question hangs, not one for each request
}

TEST_CASE("names of one service that hang delay no other service's", "[integration][proxy][io][names]") {
  const name_service service("hangs-");
  const auto known = host_of("well.test", 3);
  CHECK(question(known, 10'000).answer() == 1);
  std::list<question> stuck;
  for (int i = 0; i < 40; ++i) stuck.emplace_back(host_of("hangs-" + std::to_string(i) + ".test", 1), 200);
  REQUIRE(eventually([] { return names.hanging == 4; }));  // a service's share of the threads
  question fresh(host_of("other.test", 2), 10'000), again(known, 10'000);
  CHECK(fresh.answer() == 1);
  CHECK(fresh.took() < 5'000);
  CHECK(again.answer() == 1);
  CHECK(again.took() < 5'000);
  CHECK(names.hanging == 4);
  for (question& q : stuck) CHECK(q.answer() == 0);  // their time is over
}

TEST_CASE("an auth server whose name hangs holds up its own service only", "[integration][proxy][names][auth]") {
  const name_service service("stuck.");
  fake_server app, auth(always(ok("")));
  proxy_fixture edge;
  test::configuration c = configuration_of({{"Host:bad", {server_on(app.port())}}, {"Host:good", {server_on(app.port())}}});
  const std::string port = std::to_string(auth.port());
  c.frontends[0].options.auth.emplace().forward.emplace().address = "http://stuck.test:" + port + "/v";
  c.frontends[1].options.auth.emplace().forward.emplace().address = "http://well.test:" + port + "/v";
  edge.server->publish({{"docker", std::make_shared<const model::configuration>(c)}});
  REQUIRE(eventually([&] { return edge.stats().generation >= 1; }));
  std::vector<raw_socket> stuck;
  for (int i = 0; i < 30; ++i) {
    stuck.push_back(edge.connect());
    stuck.back().send("GET / HTTP/1.1\r\nHost: bad\r\n\r\n");
  }
  REQUIRE(eventually([&] { return names.hanging == 1 && edge.stats().active == 30; }));
  raw_socket client = edge.connect();
  for (int i = 0; i < 10; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: good\r\n\r\n");
    CHECK(read_answer(client).status == 200);
  }
  CHECK(edge.stats().active == 30);
  CHECK(app.request_count() == 10);
}
