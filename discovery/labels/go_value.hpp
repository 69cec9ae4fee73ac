// Label text → values, by the rules of Go's standard library as Traefik 1 used it. Pure; no logging.
#pragma once

#include <waggle/base/duration.hpp>
#include <waggle/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

// Errors carry Go's own words: `strconv.ParseBool: parsing "on": invalid syntax`.
base::text_result<bool> parse_go_bool(std::string_view text);
/// @param function  "Atoi" or "ParseInt": only the error text differs.
base::text_result<std::int64_t> parse_go_int(std::string_view text, std::string_view function);
/// Go form ("1h2m3.5s") or a bare integer of seconds; in nanoseconds.
base::text_result<std::int64_t> parse_go_duration(std::string_view text);
using base::format_go_duration;

/// Without Unicode white space at both ends (ASCII blanks, U+0085, U+00A0 and the usual wide ones).
std::string_view trimmed(std::string_view text) noexcept;
/// Split at commas, parts trimmed, empty parts dropped.
std::vector<std::string> split_list(std::string_view text);
/// "x-one" → "X-One"; text with characters that no header name has stays as it is (Go: CanonicalMIMEHeaderKey).
std::string canonical_header(std::string_view name);
/// Valid UTF-8 by RFC 3629, and free of U+FFFD (which stands for bytes that were not).
bool clean_utf8(std::string_view text) noexcept;

/// What is left of a text that was pasted between double quotes into Traefik's TOML template: escapes are resolved.
/// Error: the template would not parse (bad escape, bare quote, newline).
base::text_result<std::string> unescape_template(std::string_view text);
/// May it stand as a bare TOML key (letters, digits, - and _)?
bool bare_template_key(std::string_view text) noexcept;
/// The bytes that a text stands for between Go's double quotes: \r, \x00, \u00e9, \101, … Error: an escape that Go does not have.
base::text_result<std::string> unescape_go(std::string_view text);
/// Would Go's strconv.Unquote accept it between double quotes?
bool go_unquotable(std::string_view text) noexcept;

}  // namespace waggle::discovery
