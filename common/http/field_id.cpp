#include <waggle/http/field_id.hpp>

#include <waggle/http/field.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace waggle::http {
namespace {

struct row {
  std::string_view name;
  field_id id;
};

constexpr row rows[] = {
    {"te", field_id::te},
    {"host", field_id::host},
    {"date", field_id::date},
    {"proxy", field_id::proxy_header},
    {"cookie", field_id::cookie},
    {"expect", field_id::expect},
    {"trailer", field_id::trailer},
    {"upgrade", field_id::upgrade},
    {"forwarded", field_id::forwarded},
    {"x-real-ip", field_id::x_real_ip},
    {"connection", field_id::connection},
    {"keep-alive", field_id::keep_alive},
    {"max-forwards", field_id::max_forwards},
    {"x-waggle-hops", field_id::waggle_hops},
    {"authorization", field_id::credentials},
    {"content-length", field_id::content_length},
    {"http2-settings", field_id::http2_settings},
    {"x-forwarded-for", field_id::x_forwarded_for},
    {"x-forwarded-uri", field_id::x_forwarded_uri},
    {"persistent-auth", field_id::persistent_auth},
    {"x-forwarded-host", field_id::x_forwarded_host},
    {"x-forwarded-port", field_id::x_forwarded_port},
    {"www-authenticate", field_id::challenge},
    {"proxy-connection", field_id::proxy_connection},
    {"transfer-encoding", field_id::transfer_encoding},
    {"x-forwarded-proto", field_id::x_forwarded_proto},
    {"x-forwarded-prefix", field_id::x_forwarded_prefix},
    {"proxy-authenticate", field_id::challenge},
    {"x-forwarded-server", field_id::x_forwarded_server},
    {"x-forwarded-method", field_id::x_forwarded_method},
    {"proxy-authorization", field_id::proxy_authorization},
};
constexpr std::size_t longest = 19;

/// Rows are sorted by length; by_length[n] .. by_length[n+1] are those of length n.
struct index_by_length {
  std::uint8_t at[longest + 2]{};
  constexpr index_by_length() {
    std::size_t i = 0;
    for (std::size_t n = 0; n <= longest + 1; ++n) {
      while (i < std::size(rows) && rows[i].name.size() < n) ++i;
      at[n] = static_cast<std::uint8_t>(i);
    }
  }
};
constexpr index_by_length by_length;

/// A name of 2 to `longest` bytes in three words in which letters have no case. A few instructions instead of a few for each byte: every
/// field of every head comes by here.
struct caseless {
  std::uint64_t first = 0, middle = 0, last = 0;
  constexpr bool operator==(const caseless&) const noexcept = default;
};
constexpr std::uint64_t case_bits = 0x2020'2020'2020'2020;

/// `N` bytes; the others of the word have only the bit of case.
template <std::size_t N>
constexpr std::uint64_t word(const char* p) noexcept {
  std::array<char, 8> bytes{};
  if constexpr (N < 8) bytes.fill(' ');
  if (std::is_constant_evaluated()) std::copy_n(p, N, bytes.begin());
  else std::memcpy(bytes.data(), p, N);
  return std::bit_cast<std::uint64_t>(bytes);
}

/// @return false: there is a control character, which without its case would read like a digit or a hyphen.
constexpr bool read(std::string_view name, caseless& out) noexcept {
  const char *const begin = name.data(), *const end = begin + name.size();
  if (name.size() >= 8) out = {word<8>(begin), name.size() > 16 ? word<8>(begin + 8) : case_bits, word<8>(end - 8)};
  else if (name.size() >= 4) out = {word<4>(begin), case_bits, word<4>(end - 4)};
  else out = {word<2>(begin), case_bits, word<2>(end - 2)};
  const auto printable = [](std::uint64_t w) { return ((w | w >> 1) & case_bits) == case_bits; };  // each byte has 0x20 or 0x40
  const bool good = printable(out.first) && printable(out.middle) && printable(out.last);
  out = {out.first | case_bits, out.middle | case_bits, out.last | case_bits};
  return good;
}

constexpr std::array<caseless, std::size(rows)> caseless_rows = [] {
  std::array<caseless, std::size(rows)> out;
  for (std::size_t i = 0; i < out.size(); ++i) read(rows[i].name, out[i]);
  return out;
}();

constexpr bool is_odd(std::string_view name) noexcept {
  for (const char c : name)
    if (c != '-' && folded(c) == '-') return true;
  return false;
}

/// Fields of which another spelling could be taken for the real one by an application server.
constexpr bool owned(field_id id) noexcept {
  return id >= field_id::x_forwarded_for || id == field_id::transfer_encoding || id == field_id::content_length || id == field_id::proxy_header ||
         id == field_id::proxy_authorization;
}

/// Of a name that has no row.
field_id by_prefix(std::string_view name) noexcept {
  constexpr std::string_view family = "x-forwarded-";
  if (name.size() < family.size() || to_lower(name[0]) != 'x') return field_id::other;
  for (std::size_t i = 1; i < family.size(); ++i)
    if (folded(name[i]) != family[i]) return field_id::other;
  return is_odd(name) ? field_id::alias : field_id::x_forwarded_other;
}

}  // namespace

field_id classify(std::string_view name) noexcept {
  if (name.size() > longest || name.size() < 2) return by_prefix(name);
  const std::size_t begin = by_length.at[name.size()], end = by_length.at[name.size() + 1];
  caseless key;
  if (read(name, key))
    for (std::size_t i = begin; i < end; ++i)
      if (caseless_rows[i] == key) return rows[i].id;
  for (std::size_t i = begin; i < end; ++i) {
    if (!owned(rows[i].id) || to_lower(name[0]) != rows[i].name[0] || !is_odd(name)) continue;
    const bool alias = std::equal(name.begin(), name.end(), rows[i].name.begin(), [](char a, char b) { return folded(a) == b; });
    if (alias) return field_id::alias;
  }
  return by_prefix(name);
}

}  // namespace waggle::http
