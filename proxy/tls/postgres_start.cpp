#include "tls/postgres_start.hpp"

namespace waggle::proxy::tls {
namespace {

using message = postgres_start::message;

constexpr std::uint32_t cancel_code = 80877102, ssl_code = 80877103, gss_code = 80877104;
constexpr std::uint32_t longest_startup = 10000;                          // the server's MAX_STARTUP_PACKET_LENGTH
constexpr std::uint32_t shortest_cancel = 16, longest_cancel = 12 + 256;  // protocol 3.2 made the key longer than 4 bytes

std::uint32_t number(std::string_view bytes) noexcept {
  std::uint32_t out = 0;
  for (const char c : bytes) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

message meaning(std::uint32_t length, std::uint32_t code) noexcept {
  if (code == ssl_code) return length == 8 ? message::ssl_request : message::other;
  if (code == gss_code) return length == 8 ? message::gss_request : message::other;
  if (code == cancel_code) return length >= shortest_cancel && length <= longest_cancel ? message::cancel_request : message::other;
  // Version 3 of the protocol; the parameters end with an empty name.
  return code >> 16 == 3 && length > 8 && length <= longest_startup ? message::startup : message::other;
}

/// Lengths are small and codes begin with 04 d2 16 or 00 03: most of what is not PostgreSQL shows by its first byte.
bool can_begin(std::string_view bytes) noexcept {
  if (bytes.size() < 5) return number(bytes.substr(0, 2)) == 0;
  const std::uint32_t length = number(bytes.substr(0, 4));
  if (length < 8 || length > longest_startup) return false;
  const unsigned first = static_cast<unsigned char>(bytes[4]);
  return first == 0 || first == ssl_code >> 24;
}

}  // namespace

postgres_start parse_postgres_start(std::string_view bytes) noexcept {
  if (bytes.size() < 8) return {can_begin(bytes) ? message::need_more : message::other, 0};
  const std::uint32_t length = number(bytes.substr(0, 4));
  const message what = meaning(length, number(bytes.substr(4, 4)));
  return {what, what == message::other ? 0 : length};
}

}  // namespace waggle::proxy::tls
