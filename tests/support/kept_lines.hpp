// An access log that a test reads.
#pragma once

#include "catch.hpp"
#include "socket.hpp"

#include <waggle/proxy/access_log.hpp>

#include <nlohmann/json.hpp>

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::test {

struct kept_lines final : proxy::access_sink {
  void write(std::string_view lines, std::size_t count) noexcept override {
    const std::lock_guard lock(mutex);
    text += lines;
    total += count;
  }
  std::string all() {
    const std::lock_guard lock(mutex);
    return text;
  }
  /// Parsed lines, once there are `n`.
  std::vector<nlohmann::json> objects(std::size_t n) {
    REQUIRE(eventually([&] {
      const std::lock_guard lock(mutex);
      return total >= n;
    }));
    std::vector<nlohmann::json> out;
    const std::string copy = all();
    for (std::size_t at = 0; at < copy.size();) {
      const std::size_t end = copy.find('\n', at);
      out.push_back(nlohmann::json::parse(copy.substr(at, end - at)));
      at = end + 1;
    }
    return out;
  }
  std::mutex mutex;
  std::string text;
  std::size_t total = 0;
};

}  // namespace waggle::test
