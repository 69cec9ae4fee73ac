// A swarm on 127.0.0.0/29 for tests: real servers as tasks, all on one port, and the pictures that a manager would show.
#pragma once

#include "fake_server.hpp"
#include "random.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace waggle::test {

/// A port that is free on every address of this machine, below those that clients are given.
inline std::uint16_t port_for_tasks() {
  random dice(static_cast<std::uint64_t>(::getpid()));
  for (int i = 0; i < 1'000; ++i) {
    const auto port = static_cast<std::uint16_t>(20'000 + dice.below(10'000));
    const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    const bool free = ::bind(s, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    ::close(s);
    if (free) return port;
  }
  std::abort();
}

struct small_task {
  std::string id, service;
  std::uint64_t slot = 1;
  int host = 1;  ///< 127.0.0.<host>
  std::unique_ptr<fake_server> server;
  std::string address() const { return "127.0.0." + std::to_string(host); }
};

class small_swarm {
 public:
  const std::uint16_t port = port_for_tasks();
  std::map<std::string, small_task> tasks;  ///< by id; those that a manager shows as running

  /// A task answers with its service's name.
  small_task& start(const std::string& service, std::uint64_t slot, int host) {
    small_task t{"task" + std::to_string(++count_), service, slot, host, nullptr};
    t.server = std::make_unique<fake_server>(always(ok(service)), true, port, 0x7f000000u + static_cast<std::uint32_t>(host));
    return tasks.emplace(t.id, std::move(t)).first->second;
  }
  bool host_is_free(int host) const {
    for (const auto& [id, t] : tasks)
      if (t.host == host) return false;
    return true;
  }

 private:
  int count_ = 0;
};

}  // namespace waggle::test
