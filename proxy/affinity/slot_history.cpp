#include "affinity/slot_history.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace waggle::proxy::affinity {

void slot_history::forget_old(memory& m, std::size_t servers, base::mono_time now) {
  const std::size_t kept = std::max(few, 2 * servers);
  std::vector<std::pair<base::mono_time, std::string_view>> left;
  for (const auto& [url, s] : m.by_url)
    if (!s.here) left.emplace_back(s.left, url);
  if (left.size() <= kept) return;
  std::sort(left.rbegin(), left.rend());
  for (std::size_t i = kept; i < left.size(); ++i)
    if (i >= std::max(most, 4 * servers) || now - left[i].first > remembered) m.by_url.erase(std::string(left[i].second));
}

void slot_history::update(const std::string& key, plan::backend& b, base::mono_time now) {
  memory& m = memories_[key];
  m.served = now;
  std::unordered_set<std::string_view> urls;
  for (plan::server& s : b.servers) {
    urls.insert(s.url);
    // An address that changed hands means its new holder: most cookies that name it are his, and a cookie cannot say of
    // when it is. (Opaque cookies can tell: they do not name addresses.)
    auto [it, fresh] = m.by_url.try_emplace(s.url);
    seen& one = it->second;
    if (fresh || !one.here || one.slot != s.slot) one = {s.slot, s.address.port(), true, {}, ++m.arrivals};
    s.arrival = one.arrival;
  }
  for (auto it = m.by_url.begin(); it != m.by_url.end();) {
    seen& one = it->second;
    const bool gone = one.here && !urls.contains(it->first);
    if (gone && one.slot.empty()) {  // nobody will take its place
      it = m.by_url.erase(it);
      continue;
    }
    if (gone) {
      one.here = false;
      one.left = now;
    }
    ++it;
  }
  forget_old(m, b.servers.size(), now);
  std::unordered_map<std::string_view, std::vector<std::size_t>> holders;
  for (std::size_t i = 0; i < b.servers.size(); ++i)
    if (!b.servers[i].slot.empty()) holders[b.servers[i].slot].push_back(i);
  b.departed.clear();
  for (const auto& [url, entry] : m.by_url) {
    const seen& one = entry;  // clang 14: a lambda cannot capture a structured binding
    if (one.here) continue;
    plan::departed_server l{url, one.slot, {}, -1};
    if (const auto it = holders.find(one.slot); it != holders.end()) {
      // Of several (start-first: the next one is up already) the one that stays shortest is the older; follow the newest.
      // A service with two ports in one backend has two servers in each slot: the same port first.
      const auto better = [&](std::size_t a, std::size_t c) {
        const bool a_port = b.servers[a].address.port() == one.port, c_port = b.servers[c].address.port() == one.port;
        return a_port != c_port ? a_port : b.servers[a].arrival > b.servers[c].arrival;
      };
      l.successor = static_cast<int>(*std::min_element(it->second.begin(), it->second.end(), better));
    }
    b.departed.push_back(std::move(l));
  }
  std::sort(b.departed.begin(), b.departed.end(), [](const plan::departed_server& x, const plan::departed_server& y) { return x.url < y.url; });
}

}  // namespace waggle::proxy::affinity
