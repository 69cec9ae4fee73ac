#include "labels/address_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

namespace waggle::discovery {

namespace {

constexpr std::size_t longest_name = 253, longest_part = 63;  // RFC 1035 section 2.3.4

bool parse(int family, std::string_view text, void* out) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.size() >= copy.size()) return false;
  std::copy(text.begin(), text.end(), copy.begin());
  return inet_pton(family, copy.data(), out) == 1;
}

/// 4, 16 bytes; 0: no address.
std::size_t address_size(std::string_view text) {
  std::array<unsigned char, 16> ignored;
  if (text.find('\0') != std::string_view::npos) return 0;
  return parse(AF_INET, text, ignored.data()) ? 4 : parse(AF_INET6, text, ignored.data()) ? 16 : 0;
}

bool good_part(std::string_view part) {
  return !part.empty() && part.size() <= longest_part &&
         std::all_of(part.begin(), part.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

}  // namespace

bool is_ip_address(std::string_view text) { return address_size(text) != 0; }

bool is_ip_range(std::string_view text) {
  const auto slash = text.find('/');
  const std::size_t size = address_size(text.substr(0, slash));
  if (slash == std::string_view::npos || size == 0) return size != 0;
  const std::string_view bits = text.substr(slash + 1);
  unsigned n = 0;
  const auto [end, ec] = std::from_chars(bits.data(), bits.data() + bits.size(), n);
  return ec == std::errc() && end == bits.data() + bits.size() && bits.size() <= 3 && n <= size * 8;
}

std::optional<std::uint8_t> prefix_of_mask(std::string_view text) {
  in_addr bytes{};
  if (text.find('\0') != std::string_view::npos || !parse(AF_INET, text, &bytes)) return std::nullopt;
  const std::uint32_t mask = ntohl(bytes.s_addr);
  const int ones = std::countl_one(mask);
  if (std::popcount(mask) != ones) return std::nullopt;
  return static_cast<std::uint8_t>(ones);
}

std::optional<std::string> server_name_pattern(std::string_view text) {
  std::string name(text);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (name.ends_with('.')) name.pop_back();
  if (name.empty() || name.size() > longest_name || is_ip_address(name)) return std::nullopt;
  std::string_view rest = name;
  if (rest.starts_with("*.")) rest.remove_prefix(2);
  for (bool more = true; more;) {
    const auto dot = rest.find('.');
    if (!good_part(rest.substr(0, dot))) return std::nullopt;
    more = dot != std::string_view::npos;
    if (more) rest.remove_prefix(dot + 1);
  }
  return name;
}

}  // namespace waggle::discovery
