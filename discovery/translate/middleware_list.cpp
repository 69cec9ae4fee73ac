#include "translate/middleware_list.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace waggle::discovery {

namespace {

using piece = middleware_list::piece;
using list = model::parts<model::middleware>;

constexpr std::size_t most_in_a_row = 32;  // that came or went between two that stayed

void sort_by_name(std::vector<const piece*>& some) {
  std::vector<std::pair<std::string_view, const piece*>> named;
  named.reserve(some.size());
  for (const piece* p : some) named.emplace_back((*p)->name, p);
  std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::transform(named.begin(), named.end(), some.begin(), [](const auto& n) { return n.second; });
}

list of(std::vector<const piece*> some) {
  sort_by_name(some);
  list out;
  out.reserve(some.size());
  for (const piece* p : some) out.share(*p);
  return out;
}

}  // namespace

bool middleware_list::compare(const std::vector<const piece*>& all, difference& out) const {
  const std::size_t most = order_.size() / 8;
  std::size_t i = 0, j = 0;  // in the last round, in this one
  const auto alike = [&](std::size_t a, std::size_t b) {
    return a < order_.size() && b < all.size() ? order_[a] == all[b]->get() : a >= order_.size() && b >= all.size();
  };
  // How many went before both lists go on alike, if `steps` went or came.
  const auto went = [&](std::size_t steps) {
    std::size_t n = 0;
    while (n <= steps && !alike(i + n, j + steps - n)) ++n;
    return n;
  };
  while (i < order_.size() || j < all.size()) {
    if (alike(i, j)) {
      ++i, ++j;
      continue;
    }
    std::size_t steps = 1, gone = went(steps);
    while (gone > steps && steps < most_in_a_row) gone = went(++steps);
    if (gone > steps) return false;
    for (; gone > 0; --gone, --steps) out.gone.push_back(order_[i++]);
    for (; steps > 0; --steps) out.fresh.push_back(all[j++]);
    if (out.gone.size() + out.fresh.size() > most) return false;
  }
  return true;
}

std::optional<list> middleware_list::changed_by(difference d) const {
  sort_by_name(d.fresh);
  std::sort(d.gone.begin(), d.gone.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  list out;
  out.reserve(sorted_.size() + d.fresh.size() - d.gone.size());
  std::size_t at = 0;
  const auto keep_until = [&](std::string_view name) {
    const auto end = std::lower_bound(sorted_.begin() + static_cast<std::ptrdiff_t>(at), sorted_.end(), name,
                                      [](const model::middleware& m, std::string_view n) { return m.name < n; });
    for (const auto stop = static_cast<std::size_t>(end - sorted_.begin()); at < stop; ++at) out.share(sorted_.held(at));
  };
  auto gone = d.gone.begin();
  auto fresh = d.fresh.begin();
  while (gone != d.gone.end() || fresh != d.fresh.end()) {
    const bool takes = fresh == d.fresh.end() || (gone != d.gone.end() && (*gone)->name <= (**fresh)->name);
    keep_until(takes ? (*gone)->name : (**fresh)->name);
    if (!takes) out.share(**fresh++);
    else if (at == sorted_.size() || &sorted_[at++] != *gone++) return std::nullopt;
  }
  for (; at < sorted_.size(); ++at) out.share(sorted_.held(at));
  return out;
}

const list& middleware_list::sorted(const std::vector<const piece*>& all) {
  difference d;
  const bool few = compare(all, d);
  if (few && d.gone.empty() && d.fresh.empty()) return sorted_;
  std::optional<list> next = few ? changed_by(std::move(d)) : std::nullopt;
  if (!next) next = of(all);
  std::vector<const model::middleware*> order;
  order.reserve(all.size());
  for (const piece* p : all) order.push_back(p->get());
  order_ = std::move(order);
  sorted_ = std::move(*next);
  return sorted_;
}

}  // namespace waggle::discovery
