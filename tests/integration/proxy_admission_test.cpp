// Who may ask at an entry point that the proxy does not serve itself.
#include <waggle/proxy/admission.hpp>

#include "catch.hpp"

#include <future>

using namespace waggle;
using Catch::Matchers::Contains;

namespace {

struct quiet_sink final : base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

/// joe and ann have the password "secret"; ann's hash is slow.
proxy::entry_point locked() {
  proxy::entry_point e;
  e.name = "traefik";
  e.auth.emplace().basic.emplace().users = {"joe:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
                                            "ann:$2b$04$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS"};
  return e;
}

struct door {
  explicit door(const proxy::entry_point& e, bool compat = false) {
    proxy::options opts;
    opts.compat_traefik1 = compat;
    auto made = proxy::admission::make(e, opts, log);
    if (made) admission = std::move(*made);
    else reason = made.error().reason;
  }
  std::optional<proxy::refusal> ask(const std::string& fields, const std::string& peer = "192.0.2.1") const {
    std::promise<std::optional<proxy::refusal>> said;
    admission->ask("GET /api HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n", peer, 1234, [&](auto no) { said.set_value(std::move(no)); });
    return said.get_future().get();
  }
  quiet_sink sink;
  base::logger log{sink};
  std::unique_ptr<proxy::admission> admission;
  std::string reason;
};

}  // namespace

TEST_CASE("an entry point without a lock is open", "[integration][proxy][admission]") {
  const door d{proxy::entry_point{.name = "traefik", .address = ":8080", .forwarded_headers = {}, .proxy_protocol = {}}};
  REQUIRE(d.admission);
  CHECK_FALSE(d.admission->guards());
  CHECK_FALSE(d.ask(""));
}

TEST_CASE("basic auth: quick and slow hashes, at once and again", "[integration][proxy][admission]") {
  const door d{locked()};
  REQUIRE(d.admission);
  CHECK(d.admission->guards());
  const auto unknown = d.ask("");
  REQUIRE(unknown);
  CHECK(unknown->status == 401);
  CHECK_THAT(unknown->fields, Contains("Www-Authenticate: Basic realm=\"traefik\"\r\n"));
  CHECK_FALSE(d.ask("Authorization: Basic am9lOnNlY3JldA==\r\n"));         // joe:secret
  CHECK(d.ask("Authorization: Basic am9lOndyb25n\r\n")->status == 401);    // joe:wrong
  for (int i = 0; i < 2; ++i) {                                            // the second time from memory
    CHECK_FALSE(d.ask("Authorization: Basic YW5uOnNlY3JldA==\r\n"));       // ann:secret
    CHECK(d.ask("Authorization: Basic YW5uOndyb25n\r\n")->status == 401);  // ann:wrong
  }
  CHECK(d.ask("Authorization: Basic\r\n")->status == 401);
  CHECK(d.ask("Authorization: Basic am9lOnNlY3JldA==\r\n broken line\r\n")->status == 400);  // read as strictly as traffic is
}

TEST_CASE("a white list goes before auth", "[integration][proxy][admission]") {
  proxy::entry_point e = locked();
  e.white_list.emplace().source_range = {"10.0.0.0/8", "::1"};
  const door d{e};
  const std::string joe = "Authorization: Basic am9lOnNlY3JldA==\r\n";
  CHECK(d.ask(joe)->status == 403);
  CHECK_FALSE(d.ask(joe, "10.1.2.3"));
  CHECK_FALSE(d.ask(joe, "::ffff:10.1.2.3"));  // as a dual-stack listener names it
  CHECK(d.ask("", "10.1.2.3")->status == 401);
  CHECK(d.ask(joe + "X-Forwarded-For: 10.1.2.3\r\n")->status == 403);
}

TEST_CASE("X-Forwarded-For opens for trusted peers only", "[integration][proxy][admission]") {
  proxy::entry_point e;
  e.name = "traefik";
  e.white_list.emplace() = {.source_range = {"10.0.0.0/8"}, .use_x_forwarded_for = true};
  e.forwarded_headers.ranges = {"192.0.2.9"};
  const door d{e};
  const std::string from = "X-Forwarded-For: 10.1.2.3\r\n";
  CHECK(d.ask(from)->status == 403);
  CHECK_FALSE(d.ask(from, "192.0.2.9"));
}

TEST_CASE("a lock that cannot be made is an error, not an open door", "[integration][proxy][admission]") {
  proxy::entry_point no_list = locked(), no_file = locked(), forward;
  no_list.white_list.emplace().source_range = {"x"};
  no_file.auth->basic->users_file = "/no/such/file";
  forward.name = "traefik";
  forward.auth.emplace().forward.emplace().address = "http://127.0.0.1:1/";
  for (const auto& e : {no_list, no_file, forward}) {
    const door d{e};
    CHECK_FALSE(d.admission);
    CHECK_THAT(d.reason, Contains("entry point traefik: "));
  }
}
