#include "routing/tcp_routes.hpp"

#include <waggle/match/host_name.hpp>
#include <waggle/match/regex.hpp>

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>
#include <utility>

namespace waggle::proxy::routing {
namespace {

constexpr std::size_t longest_name = 253;  // RFC 1035 section 2.3.4, as text

/// Better first.
enum class kind : std::uint8_t { exact, wildcard, pattern, any_tls, any };

/// What orders the ways in which routers of an entry point can be meant; less is better.
struct rank {
  std::int64_t priority = 0;  ///< negated
  kind by = kind::any;
  std::size_t shortness = 0;  ///< of a wildcard: the longest name less its length
  int freedom = 0;            ///< asks for no ALPN, no client address: 0 to 2
  std::size_t router = 0;     ///< place
  bool operator<(const rank& o) const noexcept {
    return std::tie(priority, by, shortness, freedom, router) < std::tie(o.priority, o.by, o.shortness, o.freedom, o.router);
  }
};

std::string as_compared(std::string_view name) {
  std::string out(match::without_final_dot(name));
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// "*", "*.db.example", "db.example".
bool is_name(std::string_view n) noexcept {
  if (n == "*") return true;
  if (n.starts_with("*.")) n.remove_prefix(2);
  if (n.empty() || n.size() > longest_name || n.front() == '.' || n.find("..") != std::string_view::npos) return false;
  return std::all_of(n.begin(), n.end(),
                     [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; });
}

/// A router that looks at names, ALPN, or passes TLS through is not for who does not speak it.
bool needs_tls(const model::tcp_router& r) noexcept {
  const bool named = std::any_of(r.match.sni.begin(), r.match.sni.end(), [](const std::string& n) { return n != "*"; });
  return r.tls == model::tcp_tls::passthrough || named || !r.match.sni_regex.empty() || !r.match.alpn.empty();
}

/// One of its names fits each connection.
bool takes_any_name(const tcp_router& r) noexcept {
  return (r.names.empty() && r.patterns.empty()) || std::find(r.names.begin(), r.names.end(), "*") != r.names.end();
}

/// A certificate authority's question (RFC 8737) is for who answers it, never for who has a like ALPN.
bool fits_alpn(const model::tcp_router& r, const tls::alpn_list& offered) noexcept {
  if (r.match.alpn.empty()) return true;
  if (offered.contains("acme-tls/1")) return false;
  return std::any_of(r.match.alpn.begin(), r.match.alpn.end(), [&](const std::string& one) { return offered.contains(one); });
}

base::text_result<void> read_names(tcp_router& out, const model::tcp_match& from) {
  for (const std::string& name : from.sni) {
    std::string n = as_compared(name);
    if (!is_name(n) || (n == "*" && name != n)) return base::text_error{"\"" + name + "\" is no name such as db.example, *.db.example or *"};
    out.names.push_back(std::move(n));
  }
  for (const std::string& text : from.sni_regex) {
    auto pattern = match::compile_regex(text, true);
    if (!pattern) return base::text_error{"regular expression \"" + text + "\": " + pattern.error().reason};
    out.patterns.push_back(std::move(*pattern));
  }
  return {};
}

}  // namespace

base::text_result<tcp_router> make_tcp_router(const std::string& provider, std::shared_ptr<const model::tcp_router> from) {
  tcp_router out;
  out.name = from->name;
  out.label = provider + "/" + from->name;
  if (auto ok = read_names(out, from->match); !ok) return ok.error();
  auto listed = io::ip_ranges::parse(from->white_list);
  if (!listed) return base::text_error{"white list: " + listed.error().reason};
  out.open_to_all = listed->empty();
  out.white_list = std::move(*listed);
  auto clients = io::ip_ranges::parse(from->match.client_ip);
  if (!clients) return base::text_error{"client address: " + clients.error().reason};
  out.any_client = clients->empty();
  out.clients = std::move(*clients);
  out.tls_only = needs_tls(*from);
  out.source = std::move(from);
  return out;
}

tcp_entry_routes::tcp_entry_routes(const std::vector<tcp_router>& routers, const std::vector<std::size_t>& of_entry) {
  struct way {
    rank where;
    std::string name{};
    std::shared_ptr<const re2::RE2> pattern{};
  };
  std::vector<way> all;
  for (const std::size_t i : of_entry) {
    const tcp_router& r = routers[i];
    reads_hello_ = reads_hello_ || r.tls_only;
    const rank of_router{-std::int64_t{r.source->priority}, r.tls_only ? kind::any_tls : kind::any, 0,
                         int{r.source->match.alpn.empty()} + int{r.any_client}, i};
    if (takes_any_name(r)) all.push_back({of_router});
    for (const std::string& name : r.names) {
      if (name == "*") continue;
      way w{of_router, name};
      w.where.by = name.starts_with("*.") ? kind::wildcard : kind::exact;
      if (w.where.by == kind::wildcard) {
        w.name.erase(0, 2);
        w.where.shortness = longest_name - w.name.size();
      }
      all.push_back(std::move(w));
    }
    for (const auto& p : r.patterns) {
      way w{of_router, {}, p};
      w.where.by = kind::pattern;
      all.push_back(std::move(w));
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const way& a, const way& b) { return a.where < b.where; });
  for (way& w : all) {
    const auto at = static_cast<std::uint32_t>(rows_.size());
    rows_.push_back({w.where.router, std::move(w.pattern)});
    switch (w.where.by) {
      case kind::exact: exact_[w.name].push_back(at); break;
      case kind::wildcard: wildcard_[w.name].push_back(at); break;
      case kind::pattern: patterns_.push_back(at); break;
      case kind::any_tls:
      case kind::any: any_.push_back(at); break;
    }
  }
}

int tcp_entry_routes::first_that_fits(const std::vector<tcp_router>& routers, const row_list& rows, const tcp_question& asked) const {
  for (const std::uint32_t i : rows) {
    const tcp_router& r = routers[rows_[i].router];
    if (!asked.tls && r.tls_only) continue;
    if (!r.any_client && !r.clients.contains(asked.client)) continue;
    if (!fits_alpn(*r.source, asked.alpn)) continue;
    if (rows_[i].pattern && !match::contains_match(*rows_[i].pattern, asked.sni)) continue;
    return static_cast<int>(i);
  }
  return -1;
}

int tcp_entry_routes::find(const std::vector<tcp_router>& routers, const tcp_question& asked) const {
  int best = -1;
  const auto look = [&](const row_list& rows) {
    if (const int i = first_that_fits(routers, rows, asked); i >= 0 && (best < 0 || i < best)) best = i;
  };
  if (!asked.sni.empty()) {
    std::string name(asked.sni);
    if (const auto it = exact_.find(name); it != exact_.end()) look(it->second);
    // As many labels as a name can have: a hostile one costs 127 look-ups, and only where there are wildcards.
    for (std::size_t dot = name.find('.'); dot != std::string::npos && !wildcard_.empty(); dot = name.find('.')) {
      name.erase(0, dot + 1);
      if (const auto it = wildcard_.find(name); it != wildcard_.end()) look(it->second);
    }
    look(patterns_);
  }
  look(any_);
  return best < 0 ? -1 : static_cast<int>(rows_[static_cast<std::size_t>(best)].router);
}

}  // namespace waggle::proxy::routing
