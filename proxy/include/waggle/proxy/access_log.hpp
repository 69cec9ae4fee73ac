// What the access log shall hold, and who takes its lines. Names and meanings are Traefik 1.7's (docs/access-log.md).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::proxy {

enum class access_format : std::uint8_t { common, json };
enum class field_mode : std::uint8_t { keep, drop, redact };

struct access_log_options {
  access_format format = access_format::common;
  field_mode fields = field_mode::keep;         ///< of fields that `by_name` does not name
  std::map<std::string, field_mode> by_name;    ///< "ClientUsername" → mode
  field_mode headers = field_mode::keep;        ///< of header fields that `by_header` does not name
  std::map<std::string, field_mode> by_header;  ///< in canonical case: "User-Agent" → mode
  // A line is written if any of these holds; without any, always.
  std::vector<std::pair<unsigned, unsigned>> statuses;
  bool retried = false;
  std::chrono::milliseconds longer_than{0};  ///< 0: no such filter
};

/// Takes finished lines, several at once. Must not block and must not throw. Thread: any worker.
class access_sink {
 public:
  virtual ~access_sink() = default;
  /// @param count  lines in `lines`, each with its newline; what finds no room is counted by the sink.
  virtual void write(std::string_view lines, std::size_t count) noexcept = 0;
};

}  // namespace waggle::proxy
