// What is published and said when the file's bytes change; when to read; what to watch.
#include "file/file_watch.hpp"
#include "file/report.hpp"
#include "file/debounce.hpp"

#include "catch.hpp"
#include "temporary_dir.hpp"

#include <algorithm>

using namespace waggle;
using namespace waggle::discovery;
using base::milliseconds;

namespace {

struct recorder {
  struct sink : base::log_sink {
    std::vector<std::string> lines;
    void write(base::log_level, std::string line) noexcept override { lines.push_back(std::move(line)); }
  };
  static file_options named() {
    file_options out;
    out.filename = "routes.toml";
    return out;
  }

  /// Lines with that text since the last question; forgets all of them.
  std::size_t said(const std::string& text) {
    const auto n = std::count_if(to.lines.begin(), to.lines.end(), [&](const auto& l) { return l.find(text) != std::string::npos; });
    for (const auto& l : to.lines) UNSCOPED_INFO(l);
    to.lines.clear();
    return static_cast<std::size_t>(n);
  }
  void text(std::string t) { report.take(base::text_result<std::string>(boost::system::in_place_value, std::move(t))); }
  void unreadable() { report.take(base::text_error{"cannot be opened: No such file or directory"}); }

  sink to;
  base::logger log{to, base::log_level::debug};
  std::vector<std::shared_ptr<const model::configuration>> published;
  file::report report{named(), log, [this](auto c) { published.push_back(std::move(c)); }};
};

std::string routes(const std::string& address) {
  return "[backends.b.servers.s]\nurl = \"http://" + address + "\"\n[frontends.f]\nbackend = \"b\"\nroutes.r.rule = \"Path:/\"\n";
}

}  // namespace

TEST_CASE("a changed file is published once, and what changed is said", "[unit][discovery][file]") {
  recorder r;
  r.text(routes("10.0.0.1"));
  REQUIRE(r.published.size() == 1);
  CHECK(r.said("Backend changed\" backend=b added=\"http://10.0.0.1\" removed= reason=\"file routes.toml\" generation=1") == 1);
  r.text(routes("10.0.0.1"));
  CHECK(r.to.lines.empty());
  r.text(routes("10.0.0.1") + "# other bytes\n");
  CHECK(r.published.size() == 1);
  CHECK(r.said("Skipping same configuration for provider file") == 1);
  r.text(routes("10.0.0.2"));
  REQUIRE(r.published.size() == 2);
  CHECK(balancer_of(r.published[1]->http.services[0])->servers[0].host == "10.0.0.2");
  CHECK(r.said("Configuration received from provider file: {") == 1);
}

TEST_CASE("a broken file is told once and changes nothing", "[unit][discovery][file]") {
  recorder r;
  r.text(routes("10.0.0.1"));
  r.to.lines.clear();
  r.text(routes("host.example"));
  CHECK(r.published.size() == 1);
  CHECK(r.said("level=error msg=\"Configuration file refused, its last good configuration stays in force\" file=routes.toml line=2 "
               "column=1 key=backends.b.servers.s.url error=") == 1);
  r.text(routes("host.example"));
  CHECK(r.to.lines.empty());
  r.report.asked();
  r.text(routes("host.example"));
  CHECK(r.said("it still has the error told before") == 1);
  r.unreadable();
  CHECK(r.said("file=routes.toml error=\"cannot be opened: No such file or directory\"") == 1);
  r.unreadable();
  CHECK(r.to.lines.empty());
  r.text(routes("10.0.0.1"));
  CHECK(r.published.size() == 1);
  CHECK(r.said("good again") == 1);
}

TEST_CASE("a first read that fails publishes that there are no routes", "[unit][discovery][file]") {
  recorder r;
  r.unreadable();
  REQUIRE(r.published.size() == 1);
  CHECK(*r.published[0] == model::configuration{});
  CHECK(r.said("it routes nothing until it is mended") == 1);
  r.text("[frontends");
  CHECK(r.published.size() == 1);
  CHECK(r.said("it routes nothing until it is mended") == 1);
  r.text(routes("10.0.0.1"));
  CHECK(r.published.size() == 2);
}

TEST_CASE("one line tells the first mistake and names five in all", "[unit][discovery][file]") {
  recorder r;
  std::string text;
  for (int i = 0; i < 7; ++i) text += "[frontends.f" + std::to_string(i) + "]\nbackend = 1\nroutes.r.rule = \"Path:/\"\n";
  r.text(text);
  REQUIRE(r.to.lines.size() == 1);
  CHECK(r.said("line=2 column=1 key=frontends.f0.backend") == 1);
  r.text(text + "\n");
  CHECK(r.said("line 14: frontends.f4.backend is a whole number; write a text in quotes; and 2 more") == 1);
}

TEST_CASE("the file is read when it was left alone, but not too late", "[unit][discovery][file]") {
  const base::mono_time start{};
  file::settle s;
  CHECK_FALSE(s.due());
  s.heard(start);
  CHECK(s.due() == start + milliseconds{100});
  s.heard(start + milliseconds{60});
  CHECK(s.due() == start + milliseconds{160});
  for (int ms = 100; ms < 2'000; ms += 50) s.heard(start + milliseconds{ms});
  CHECK(s.due() == start + milliseconds{1'000});
  s.done();
  CHECK_FALSE(s.due());
  s.at_once(start);
  CHECK(s.due() == start);
}

TEST_CASE("every name that may lead elsewhere is watched", "[unit][discovery][file]") {
  namespace fs = std::filesystem;
  const temporary_dir dir;
  const std::string top = fs::canonical(dir.path());
  using points = std::vector<std::pair<std::string, std::string>>;
  CHECK(file::waypoints(top + "/r.toml") == points{{top, "r.toml"}});
  CHECK(file::waypoints(top + "/no/r.toml") == points{{top, "no"}});
  fs::create_directory(top + "/v1");
  dir.write("v1/r.toml", "");
  CHECK(file::waypoints(top + "/./v1//../v1/r.toml") == points{{top + "/v1", "r.toml"}});
  // As Kubernetes mounts a ConfigMap.
  fs::create_directory_symlink("v1", top + "/..data");
  fs::create_symlink("..data/r.toml", top + "/r.toml");
  CHECK(file::waypoints(top + "/r.toml") == points{{top, "r.toml"}, {top, "..data"}, {top + "/v1", "r.toml"}});
  fs::create_symlink(top + "/r.toml", top + "/v1/absolute");
  CHECK(file::waypoints(top + "/v1/absolute").size() == 4);
  fs::create_symlink("loop", top + "/loop");
  CHECK(file::waypoints(top + "/loop").size() <= 42);
}
