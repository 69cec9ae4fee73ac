// Discovery against an Engine of a few lines: what it publishes and what it says.
#pragma once

#include "deadline.hpp"
#include "discovery_fake_engine.hpp"
#include "traefik1.hpp"

#include <waggle/discovery/controller.hpp>

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

namespace waggle::test {

using namespace std::chrono_literals;

struct quiet_sink : base::log_sink {
  void write(base::log_level, std::string line) noexcept override {
    const std::lock_guard lock(mutex);
    text += line;
  }
  std::size_t count(const std::string& what) {
    const std::lock_guard lock(mutex);
    std::size_t n = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
    return n;
  }
  std::mutex mutex;
  std::string text;
};

class discovery_fixture {
 public:
  discovery_fixture() : path("/tmp/waggle-fake-" + std::to_string(::getpid()) + ".sock"), engine(path) {}

  discovery::options options() const {
    discovery::options o;
    o.endpoint = "unix://" + path;
    o.entry_points = {"http"};
    return o;
  }

  std::unique_ptr<discovery::controller> run(const discovery::options& o) {
    auto c = std::make_unique<discovery::controller>(o, log, [this](const discovery::update& u) {
      const std::lock_guard lock(mutex);
      last = u;
      changed.notify_all();
      return refused;
    });
    c->start();
    return c;
  }

  /// Waits until the published configuration is as wanted.
  template <class Wanted>
  bool becomes(Wanted wanted, std::chrono::milliseconds limit = patience(5s)) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, limit, [&] { return last.config && wanted(seen(last.config)); });
  }
  bool servers_become(std::size_t n, std::chrono::milliseconds limit = patience(5s)) {
    return becomes([n](const auto& c) { return c.backends.size() == 1 && c.backends[0].servers.size() == n; }, limit);
  }
  template <class Condition>
  static bool eventually(Condition condition, std::chrono::milliseconds limit = patience(5s)) {
    return waggle::test::eventually(condition, limit);
  }

  std::string path;
  fake_engine engine;
  quiet_sink sink;
  base::logger log{sink, base::log_level::debug};
  std::mutex mutex;
  std::condition_variable changed;
  discovery::update last;
  discovery::refusals refused;  ///< what the proxy says; set before it runs
};

}  // namespace waggle::test
