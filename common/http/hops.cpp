#include <waggle/http/chars.hpp>
#include <waggle/http/hops.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace waggle::http {
namespace {

constexpr std::size_t most_others = 7, longest_name = 32, most_digits = 4;
constexpr std::size_t long_way = 4;  // addresses in X-Forwarded-For

struct member {
  std::string_view edge;
  unsigned turns = 0;
};

/// @return false: it is none of ours, and not handed on.
bool read(std::string_view text, member& out) noexcept {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals > longest_name) return false;
  out.edge = text.substr(0, equals);
  const std::string_view count = text.substr(equals + 1);
  if (!std::all_of(out.edge.begin(), out.edge.end(), [](char c) { return is(c, hex); })) return false;
  if (count.empty() || count.size() > most_digits || !std::all_of(count.begin(), count.end(), [](char c) { return is(c, digit); })) return false;
  out.turns = 0;
  for (const char c : count) out.turns = out.turns * 10 + static_cast<unsigned>(c - '0');
  return true;
}

template <class F>
void for_each_hop(field_span fields, F&& f) {
  for (const field& line : fields) {
    if (line.id != field_id::waggle_hops) continue;
    for_each_member(line.value, [&](std::string_view text) {
      if (member m; read(text, m)) f(m);
    });
  }
}

}  // namespace

hops read_hops(field_span fields, const edge_identity& us, bool trusted) noexcept {
  hops out;
  if (us.edge.empty()) return out;
  bool named = false, own = false;
  std::size_t way = 0;
  for (const field& line : fields) {
    out.suspect = out.suspect || line.id == field_id::waggle_hops;
    if (line.id == field_id::x_forwarded_server) {
      named = true;
      own = own || line.value == us.hostname;
    } else if (line.id == field_id::x_forwarded_for) {
      way += 1 + static_cast<std::size_t>(std::count(line.value.begin(), line.value.end(), ','));
    }
  }
  out.suspect = out.suspect || own || (named && (!trusted || way >= long_way));
  if (!out.suspect) return out;
  for_each_hop(fields, [&](const member& m) {
    if (m.edge == us.edge) out.turns = std::max(out.turns, m.turns);
  });
  return out;
}

std::string next_hops(field_span fields, std::string_view edge, unsigned turns) {
  std::string out(edge);
  out.append("=").append(std::to_string(turns + 1));
  std::size_t others = 0;
  for_each_hop(fields, [&](const member& m) {
    if (m.edge == edge || ++others > most_others) return;
    out.append(", ").append(m.edge).append("=").append(std::to_string(m.turns));
  });
  return out;
}

}  // namespace waggle::http
