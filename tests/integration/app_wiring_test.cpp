// The wiring against stand-ins for both modules: who is started, told and stopped when. The stand-ins below
// define the facades' members, so the modules' own are not linked.
#include "wiring.hpp"

#include "ask/healthcheck.hpp"
#include "catch.hpp"
#include "temporary_dir.hpp"

#include <waggle/discovery/controller.hpp>
#include <waggle/proxy/server.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

using namespace waggle;
using std::chrono::milliseconds;

namespace {

/// What the stand-ins were asked, in order, and what they shall answer.
struct stage {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> calls;
  bool drained = true;  // drain() returns at once
  std::atomic<bool> routes{true};
  std::string bind_error{};  // of proxy::server::start()
  std::vector<proxy::skipped_router> skipped{};
  std::string discovery_error{};
  discovery::publish_handler publish{};
  proxy::endpoint_failure_handler failure{};

  void say(const std::string& call) {
    const std::lock_guard lock(mutex);
    calls.push_back(call);
    changed.notify_all();
  }
  bool wait_for(const std::string& call) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds{10}, [&] { return std::find(calls.begin(), calls.end(), call) != calls.end(); });
  }
  void let_drain_end() {
    const std::lock_guard lock(mutex);
    drained = true;
    changed.notify_all();
  }
};
stage* current = nullptr;

}  // namespace

namespace {

/// What the data path does for requests to ping: they are passed on to the service of the process, one after the other.
class ping_path {
 public:
  ping_path(const std::string& address, proxy::internal_dialer dial)
      : dial_(std::move(dial)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    const int one = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 || listen(listener_, 16) != 0) std::abort();
    thread_ = std::thread([this] {
      for (int client; (client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; close(client)) pass_on(client);
    });
  }
  ~ping_path() {
    shutdown(listener_, SHUT_RDWR);  // ends accept()
    thread_.join();
    close(listener_);
  }

 private:
  void pass_on(int client) const {
    const int service = dial_({"ping@internal", "127.0.0.1"});
    if (service < 0) return;
    char bytes[4096];
    std::string head;
    for (ssize_t n; head.find("\r\n\r\n") == std::string::npos && (n = recv(client, bytes, sizeof bytes, 0)) > 0;)
      head.append(bytes, static_cast<std::size_t>(n));
    if (send(service, head.data(), head.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(head.size())) std::abort();
    for (pollfd ready{service, POLLIN, 0}; poll(&ready, 1, 10'000) == 1;) {
      const ssize_t n = recv(service, bytes, sizeof bytes, 0);
      if (n <= 0 || send(client, bytes, static_cast<std::size_t>(n), MSG_NOSIGNAL) != n) break;
    }
    close(service);
  }
  const proxy::internal_dialer dial_;
  const int listener_;
  std::thread thread_;
};

}  // namespace

namespace waggle::proxy {
struct server::impl {
  options opts;
  std::optional<ping_path> ping{};
};
server::server(options opts, base::logger&, endpoint_failure_handler on_failure) : impl_(new impl{std::move(opts)}) {
  current->failure = std::move(on_failure);
}
server::~server() { current->say("proxy gone"); }
base::text_result<void> server::start() {
  current->say("proxy start");
  if (!current->bind_error.empty()) return base::text_error{current->bind_error};
  for (const entry_point& e : impl_->opts.entry_points)
    if (e.operators) impl_->ping.emplace(e.address, impl_->opts.dial_internal);
  return {};
}
std::vector<skipped_router> server::publish(const std::vector<model::provider_configuration>& providers) {
  for (const model::provider_configuration& p : providers)
    if (p.config && p.provider != "internal") current->say("publish " + p.provider + " " + std::to_string(p.config->http.routers.size()));
  return current->skipped;
}
bool server::drain(milliseconds deadline) {
  current->say("drain " + std::to_string(deadline.count()));
  std::unique_lock lock(current->mutex);
  return current->changed.wait_for(lock, std::chrono::seconds{10}, [] { return current->drained; });
}
bool server::is_routing() const noexcept { return current->routes; }
stats server::read_totals() const { return {}; }
figures server::read_figures() const { return {}; }
layer4_figures server::read_layer4(const layer4_wishes&) const { return {}; }
std::vector<layer4_connection> server::list_layer4(std::string_view, std::size_t) const { return {}; }
request_explanation server::explain(const request_question&) const { return {}; }
void server::set_access_sink(access_sink&) {}
base::text_result<void> server::check(const options&, base::logger&) { return {}; }
std::vector<skipped_router> server::try_out(const options&, const std::vector<model::provider_configuration>&, base::logger&) { return {}; }
}  // namespace waggle::proxy

namespace waggle::discovery {
struct controller::impl {};
controller::controller(options, base::logger&, publish_handler publish) { current->publish = std::move(publish); }
controller::~controller() { current->say("discovery gone"); }
void controller::start() { current->say("discovery start"); }
void controller::stop() { current->say("discovery stop"); }
void controller::look_now(const std::string& reason) { current->say("look " + reason); }
discovery::status controller::status() const {
  discovery::status out;
  out.last_error = current->discovery_error;
  return out;
}
swarm_view controller::swarm() const { return {}; }
std::shared_ptr<const model::verdict_list> controller::verdicts() const { return nullptr; }
}  // namespace waggle::discovery

namespace {

std::string free_address() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&where), size) == 0);
  REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size) == 0);
  close(fd);
  return "127.0.0.1:" + std::to_string(ntohs(where.sin_port));
}

/// serve() on a thread, with its log in a file.
struct running {
  explicit running(const std::function<void(app::startup_plan&)>& change = {}) {
    current = &on;
    std::string name = (std::filesystem::temp_directory_path() / "waggle-log-XXXXXX").string();
    close(mkstemp(name.data()));
    log_file = name;
    plan.api = true;
    plan.internal = {{app::internal_kind::api, "traefik"}, {app::internal_kind::ping, "traefik"}};
    plan.proxy.entry_points.push_back({.name = "http", .address = ":80", .forwarded_headers = {}, .proxy_protocol = {}});
    plan.proxy.entry_points.push_back({.name = "traefik", .address = admin, .forwarded_headers = {}, .proxy_protocol = {}});
    plan.proxy.entry_points.back().operators = true;
    plan.log.level = base::log_level::debug;
    if (change) change(plan);
  }
  ~running() {
    if (thread.joinable()) {
      on.let_drain_end();
      kill(getpid(), SIGTERM);
      thread.join();
    }
    unlink(log_file.c_str());
  }
  void start() {
    thread = std::thread([this] {
      app::async_log_sink sink({.file = log_file});
      base::logger log(sink, plan.log.level);
      exit_code = app::serve(plan, signals, sink, log);
    });
  }
  void join() { thread.join(); }
  std::string log() const {
    std::ostringstream out;
    out << std::ifstream(log_file).rdbuf();
    return out.str();
  }
  bool logged_in_order(const std::vector<std::string>& lines) const {
    const std::string text = log();
    std::size_t at = 0;
    for (const std::string& line : lines) {
      at = text.find(line, at);
      if (at == std::string::npos) {
        UNSCOPED_INFO("missing: " << line << "\nin\n" << text);
        return false;
      }
    }
    return true;
  }
  std::vector<std::string> calls() {
    const std::lock_guard lock(on.mutex);
    return on.calls;
  }

  const std::string admin = free_address();
  app::process_signals signals;  // before the thread
  stage on;
  app::startup_plan plan;
  std::string log_file;
  int exit_code = -1;
  std::thread thread;
};

discovery::update one_frontend() {
  auto config = std::make_shared<model::configuration>();
  config->http.routers.emplace_back();
  return {.generation = 1, .config = config, .verdicts = nullptr};
}

}  // namespace

TEST_CASE("traffic and API listen before discovery starts; all stop in order", "[integration][app][wiring]") {
  running r;
  r.start();
  REQUIRE(r.on.wait_for("discovery start"));
  CHECK(app::ask_local(r.admin, "/ping", milliseconds{5'000})->status == 200);
  kill(getpid(), SIGTERM);
  r.join();
  CHECK(r.exit_code == 0);
  CHECK(r.calls() == std::vector<std::string>{"proxy start", "discovery start", "drain 8000", "discovery stop", "proxy gone", "discovery gone"});
  CHECK(r.logged_in_order({"Preparing server http &{Address::80", "Starting server on :80", "Starting server on " + r.admin,
                           "Starting provider configuration.ProviderAggregator", "Starting provider *docker.Provider", "I have to go...",
                           "Stopping server gracefully", "Waiting 8s seconds before killing connections on entrypoint http...",
                           "Entrypoint http closed", "Server stopped", "Shutting down"}));
}

TEST_CASE("what discovery publishes reaches the proxy, and what it skips the log", "[integration][app][wiring]") {
  running r;
  r.on.skipped = {{"docker", {model::protocol::http, "frontend-x"}, "error parsing rule"},
                  {"file", {model::protocol::http, "frontend-y"}, "of another provider"}};
  r.start();
  REQUIRE(r.on.wait_for("discovery start"));
  CHECK(r.on.publish(one_frontend()) == discovery::refusals{{{model::protocol::http, "frontend-x"}, "error parsing rule"}});
  r.on.failure("id", "refused");
  CHECK(r.calls() == std::vector<std::string>{"proxy start", "discovery start", "publish docker 1", "look feedback"});
  kill(getpid(), SIGINT);
  r.join();
  CHECK(r.logged_in_order({"level=error msg=\"error parsing rule. Skipping frontend frontend-x...\""}));
}

TEST_CASE("routes from a file are served without discovery, and SIGHUP reads them again", "[integration][app][wiring]") {
  const temporary_dir dir;
  const std::string good = "[backends.b]\n[frontends.f]\nbackend = \"b\"\nroutes.r.rule = \"Path:/\"\n";
  running r([&](app::startup_plan& p) {
    p.docker = false;
    p.file = discovery::file_options{};
    p.file->filename = dir.write("routes.toml", "# none yet\n");
    p.file->watch = false;
  });
  r.start();
  REQUIRE(r.on.wait_for("publish file 0"));
  r.on.failure("id", "refused");  // there is nobody to tell
  dir.write("routes.toml", good);
  kill(getpid(), SIGHUP);
  REQUIRE(r.on.wait_for("publish file 1"));
  kill(getpid(), SIGTERM);
  r.join();
  CHECK(r.exit_code == 0);
  CHECK(r.calls() == std::vector<std::string>{"proxy start", "publish file 0", "publish file 1", "drain 8000", "proxy gone"});
  CHECK(r.logged_in_order({"Starting provider *file.Provider {\\\"Watch\\\":false", "I have to go..."}));
}

TEST_CASE("ready is who has seen the swarm once, whatever becomes of Docker later", "[integration][app][wiring]") {
  running r([](app::startup_plan& p) { p.discovery.endpoint = "tcp://dokcer:2375"; });
  r.on.discovery_error = "cannot connect to tcp://dokcer:2375 (Could not resolve host: dokcer)";
  r.start();
  REQUIRE(r.on.wait_for("discovery start"));
  const auto early = app::healthcheck(r.admin, milliseconds{5'000});
  REQUIRE_FALSE(early.has_value());
  CHECK(early.error().reason == r.admin +
                                    "/ready: 503 Service Unavailable: not ready: no view of the swarm yet from --docker.endpoint=tcp://dokcer:2375: "
                                    "cannot connect to tcp://dokcer:2375 (Could not resolve host: dokcer)");
  r.on.routes = false;
  r.on.publish(one_frontend());
  const auto handed = app::healthcheck(r.admin, milliseconds{5'000});
  REQUIRE_FALSE(handed.has_value());
  CHECK(handed.error().reason.find("handed to the workers") != std::string::npos);
  r.on.routes = true;
  CHECK(app::healthcheck(r.admin, milliseconds{5'000}).has_value());  // the error still stands: Docker went away again
  kill(getpid(), SIGTERM);
  r.join();
}

TEST_CASE("while it drains ping says 503 and discovery goes on", "[integration][app][wiring]") {
  running r;
  r.on.drained = false;
  r.start();
  REQUIRE(r.on.wait_for("discovery start"));
  kill(getpid(), SIGTERM);
  REQUIRE(r.on.wait_for("drain 8000"));
  CHECK(app::ask_local(r.admin, "/ping", milliseconds{5'000})->status == 503);
  const auto ready = app::healthcheck(r.admin, milliseconds{5'000});
  REQUIRE_FALSE(ready.has_value());
  CHECK(ready.error().reason.find("waggle is stopping") != std::string::npos);
  r.on.publish(one_frontend());
  CHECK(r.calls().back() == "publish docker 1");
  r.on.let_drain_end();
  r.join();
  CHECK(r.exit_code == 0);
}

TEST_CASE("the drain delay passes before anything closes", "[integration][app][wiring]") {
  running r([](app::startup_plan& p) { p.drain_delay = milliseconds{30}; });
  r.start();
  REQUIRE(r.on.wait_for("discovery start"));
  const auto begin = base::now();
  kill(getpid(), SIGTERM);
  REQUIRE(r.on.wait_for("drain 8000"));
  CHECK(base::now() - begin >= milliseconds{30});
  r.join();
}

TEST_CASE("USR1 and HUP open the log file again", "[integration][app][wiring]") {
  running r;
  r.start();
  REQUIRE(r.on.wait_for("discovery start"));
  const std::string old = r.log_file + ".1";
  std::filesystem::rename(r.log_file, old);
  kill(getpid(), SIGHUP);
  kill(getpid(), SIGUSR1);
  kill(getpid(), SIGTERM);
  r.join();
  CHECK(r.exit_code == 0);
  CHECK(r.logged_in_order({"Shutting down"}));
  unlink(old.c_str());
}

TEST_CASE("an entry point that cannot be bound ends the start", "[integration][app][wiring]") {
  running r;
  r.on.bind_error = "entry point http: cannot listen on :80: Address already in use";
  r.start();
  r.join();
  CHECK(r.logged_in_order({"level=fatal msg=\"entry point http: cannot listen on :80: Address already in use\""}));
  CHECK(r.exit_code == 1);
  const auto calls = r.calls();
  CHECK(std::find(calls.begin(), calls.end(), "discovery start") == calls.end());
}

TEST_CASE("a second signal ends it at once", "[integration][app][wiring]") {
  const pid_t child = fork();  // it ends the process
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(20);
    running r;
    r.on.drained = false;
    r.start();
    if (!r.on.wait_for("discovery start")) _exit(3);
    kill(getpid(), SIGTERM);
    if (!r.on.wait_for("drain 8000")) _exit(4);
    kill(getpid(), SIGTERM);
    r.join();
    _exit(5);  // it waited for the drain
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
