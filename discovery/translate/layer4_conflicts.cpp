#include "translate/layer4_conflicts.hpp"

#include "labels/label_use.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace waggle::discovery {

namespace {

/// The oldest of those that share a virtual service speaks for it.
std::pair<std::int64_t, std::string_view> age_of(const backend_draft& d) {
  std::pair<std::int64_t, std::string_view> out{0, {}};
  for (const cached_service* k : d.asking) {
    const std::pair<std::int64_t, std::string_view> one{k->view->spec.created_ns, k->view->spec.id};
    if (out.second.empty() || one < out) out = one;
  }
  return out;
}

std::string listed(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& s : list) out += '\n' + s;
  return out;
}

/// What else a connection must be like, whatever name it bears.
std::string conditions_of(const model::tcp_router& r) {
  std::vector<std::string> alpn = r.match.alpn, from = r.match.client_ip;
  std::sort(alpn.begin(), alpn.end());
  std::sort(from.begin(), from.end());
  return std::to_string(r.priority) + (r.tls == model::tcp_tls::none ? "p" : "t") + listed(alpn) + '\r' + listed(from);
}

/// One for each name that the router takes; just one if it takes all.
std::vector<std::string> claims_of(const model::tcp_router& r) {
  if (!r.match.sni_regex.empty() || r.match.sni.empty()) return {listed(r.match.sni_regex) + '\r' + listed(r.match.sni)};
  return r.match.sni;
}
std::string conditions_of(const model::udp_router&) { return {}; }
std::vector<std::string> claims_of(const model::udp_router&) { return {{}}; }

void keep_names(model::tcp_router& r, const std::vector<std::string>& lost) {
  if (r.match.sni_regex.empty())
    std::erase_if(r.match.sni, [&](const std::string& n) { return std::find(lost.begin(), lost.end(), n) != lost.end(); });
}
void keep_names(model::udp_router&, const std::vector<std::string>&) {}

constexpr std::string_view word_of(const model::tcp_router*) { return "tcp"; }
constexpr std::string_view word_of(const model::udp_router*) { return "udp"; }

/// The one name that is lost, for people; empty: all that the router has, or it has none.
std::string named_by(const model::tcp_router& r, const std::vector<std::string>& claims, const std::vector<std::string>& lost) {
  if (!r.match.sni_regex.empty() || r.match.sni.empty()) return {};
  return lost.size() == claims.size() && claims.size() > 1 ? std::string() : lost.front();
}
std::string named_by(const model::udp_router&, const std::vector<std::string>&, const std::vector<std::string>&) { return {}; }

template <class Router>
class settlement {
 public:
  std::vector<layer4_loss> run(std::vector<layer4_rival<Router>> all) {
    std::vector<std::pair<std::pair<std::int64_t, std::string_view>, std::size_t>> order;
    for (std::size_t i = 0; i < all.size(); ++i) order.emplace_back(age_of(*all[i].behind), i);
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
      return std::tie(a.first, (*all[a.second].router)->name) < std::tie(b.first, (*all[b.second].router)->name);
    });
    for (const auto& [age, i] : order) settle(all[i]);
    return std::move(out_);
  }

 private:
  void settle(layer4_rival<Router>& one) {
    const Router& r = **one.router;
    const std::string conditions = conditions_of(r);
    const auto claims = claims_of(r);
    std::vector<std::string> entries_left, names_lost;
    std::vector<model::diagnostic> told;
    for (const std::string& entry : r.entry_points) {
      std::vector<std::string> lost;
      const layer4_rival<Router>* to = nullptr;
      for (const std::string& c : claims) {
        const auto [it, fresh] = taken_.try_emplace(entry + '\r' + conditions + '\r' + c, &one);
        if (fresh || it->second == &one) continue;
        if (lost.empty()) to = it->second;
        lost.push_back(c);
      }
      if (lost.empty() || lost.size() < claims.size()) entries_left.push_back(entry);
      if (lost.empty()) continue;
      told.push_back(finding(one, *to, entry, named_by(r, claims, lost)));
      if (lost.size() < claims.size()) names_lost.insert(names_lost.end(), lost.begin(), lost.end());
    }
    if (told.empty()) return;
    const bool all = entries_left.empty();
    for (auto& d : told) {
      d.level = all ? model::severity::error : model::severity::warning;
      out_.push_back({one.behind, r.name, all, std::move(d)});
    }
    if (all) return one.router->reset();
    Router rest = r;
    keep_names(rest, names_lost);
    rest.entry_points = std::move(entries_left);
    *one.router = std::make_shared<const Router>(std::move(rest));
  }

  /// @param name  that is lost there; empty: all are
  static model::diagnostic finding(const layer4_rival<Router>& loser, const layer4_rival<Router>& winner, const std::string& entry,
                                   const std::string& name) {
    const std::string& other = winner.behind->options.service->view->spec.name;
    const bool itself = other == loser.behind->options.service->view->spec.name;
    const std::string root = "waggle." + std::string(word_of(static_cast<const Router*>(nullptr)));
    const std::string what = name.empty() ? "the entry point " + entry : "the name " + name + " at the entry point " + entry;
    const bool tcp = root.ends_with("tcp");
    return {
        model::severity::error,
        entry_point_taken,
        root + ".entryPoint",
        shown(entry, most_shown),
        shown(what + (itself ? " is taken by another segment of this service" : " is taken by the service " + other + ", which is older"), most_said),
        "give one of them another entry point" + std::string(tcp ? ", or names of its own (waggle.tcp.sni)" : "") +
            "; to share it as one service, write " + root + ".service with one name on both"};
  }

  std::unordered_map<std::string, const layer4_rival<Router>*> taken_;
  std::vector<layer4_loss> out_;
};

}  // namespace

std::vector<layer4_loss> settle_rivals(std::vector<layer4_rival<model::tcp_router>> all) {
  return settlement<model::tcp_router>().run(std::move(all));
}
std::vector<layer4_loss> settle_rivals(std::vector<layer4_rival<model::udp_router>> all) {
  return settlement<model::udp_router>().run(std::move(all));
}

}  // namespace waggle::discovery
