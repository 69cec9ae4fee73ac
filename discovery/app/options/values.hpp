// Texts of single option values → typed values. Errors are "expected …" phrases; who names the flag is the
// caller.
#pragma once

#include <waggle/base/log.hpp>
#include <waggle/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::app {

/// An address of an entry point: host is empty (all interfaces) or an IP address without brackets.
struct host_port {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const host_port&) const = default;
};

std::string lower(std::string_view text);
std::string_view trim(std::string_view text) noexcept;
/// Splits at commas, trims, drops empty parts.
std::vector<std::string> split_list(std::string_view text);

/// true, false, 1, 0, t, f in any case (Go's strconv.ParseBool), also on/off, yes/no.
base::text_result<bool> parse_bool(std::string_view text);
/// A boolean word of an entry point: Traefik takes true, enable, on and no value at all for true, everything else for false; a
/// typing error is told here.
base::text_result<bool> word_bool(std::string_view text);
/// Go's form ("1m30s", "500ms", "1.5h") or a whole number of seconds. Never negative; at most a year.
base::text_result<std::chrono::milliseconds> parse_duration(std::string_view text);
base::text_result<unsigned> parse_count(std::string_view text, unsigned least, unsigned most);
/// DEBUG INFO WARN ERROR FATAL PANIC in any case.
base::text_result<base::log_level> parse_level(std::string_view text);
/// "common" (or "text") and "json".
base::text_result<base::log_format> parse_log_format(std::string_view text);
/// ":80", "127.0.0.1:80", "[::1]:80". Port 0 is allowed: the system chooses (tests).
base::text_result<host_port> parse_address(std::string_view text);
/// An IP address or a CIDR block.
base::text_result<void> check_ip_range(std::string_view text);
/// tag==GLOB or tag!=GLOB.
base::text_result<void> check_constraint(std::string_view text);
/// unix:///PATH or tcp://HOST:PORT. Traefik's client dials TCP for every other scheme, so http:// is the same as tcp://.
base::text_result<std::string> engine_endpoint(std::string_view text);

}  // namespace waggle::app
