// The core fields of an access log line, by their names in JSON and in --accessLog.fields.names.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waggle::proxy::access {

/// Core fields that can be dropped by name, in the order of the JSON line.
enum class field : std::uint8_t {
  backend_addr,
  backend_name,
  backend_url,
  client_addr,
  client_host,
  client_port,
  client_username,
  downstream_content_size,
  downstream_status,
  downstream_status_line,
  duration,
  end_reason,        ///< below HTTP
  entry_point_name,  ///< below HTTP
  frontend_name,
  node_id,
  node_name,
  origin_content_size,
  origin_duration,
  origin_status,
  origin_status_line,
  overhead,
  request_addr,
  request_content_size,
  request_count,
  request_host,
  request_line,
  request_method,
  request_path,
  request_port,
  request_protocol,
  retry_attempts,
  sni,  ///< below HTTP
  service_name,
  start_local,
  start_utc,
  sticky,
  task_id,
  task_slot,
  count
};

inline constexpr std::array<std::string_view, static_cast<std::size_t>(field::count)> field_names = {
    "BackendAddr",
    "BackendName",
    "BackendURL",
    "ClientAddr",
    "ClientHost",
    "ClientPort",
    "ClientUsername",
    "DownstreamContentSize",
    "DownstreamStatus",
    "DownstreamStatusLine",
    "Duration",
    "EndReason",
    "EntryPointName",
    "FrontendName",
    "NodeID",
    "NodeName",
    "OriginContentSize",
    "OriginDuration",
    "OriginStatus",
    "OriginStatusLine",
    "Overhead",
    "RequestAddr",
    "RequestContentSize",
    "RequestCount",
    "RequestHost",
    "RequestLine",
    "RequestMethod",
    "RequestPath",
    "RequestPort",
    "RequestProtocol",
    "RetryAttempts",
    "SNI",
    "ServiceName",
    "StartLocal",
    "StartUTC",
    "StickySession",
    "TaskID",
    "TaskSlot",
};

/// A short text that is copied as a whole block, which is quicker than asking for its length.
struct padded_text {
  static constexpr std::size_t block = 32;
  char text[block]{};
  std::uint8_t size = 0;
};

/// `"Name":` of each.
inline constexpr auto field_members = [] {
  std::array<padded_text, field_names.size()> out{};
  for (std::size_t i = 0; i < field_names.size(); ++i) {
    char* at = out[i].text;
    *at++ = '"';
    for (const char c : field_names[i]) *at++ = c;
    *at++ = '"';
    *at++ = ':';
    out[i].size = static_cast<std::uint8_t>(field_names[i].size() + 3);  // too long a name does not compile
  }
  return out;
}();

constexpr const padded_text& member_of(field f) noexcept { return field_members[static_cast<std::size_t>(f)]; }

}  // namespace waggle::proxy::access
