#include "reconcile/poll_schedule.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace waggle::discovery {

namespace {

using base::milliseconds;
using base::mono_time;
using base::nanoseconds;
using base::seconds;

constexpr mono_time never = mono_time::max();

// All looks together take at most 5 % of wall time, and what they cost dockerd is about as much; the leader's has those of the
// other managers as well. Full ones rest at 1.2 % and take more only to keep a refresh interval that was asked for. Limited ones
// get what is left, and the less the more a full one takes: where there is much to list, each look costs dockerd more than it
// takes.
constexpr double all_share = 0.05, full_share = 0.012, most_full_share = 0.035, per_full = 2.25;
constexpr double most_credit_ns = 250e6;
// However much was spent, a limited look comes after this, or forty times what such looks usually take, where they are cheap: who
// has just watched a long update, or met one slow answer, must still see the next task go.
constexpr nanoseconds longest_blindness = milliseconds{250}, cheap = milliseconds{25};
constexpr int blindness_per_cost = 40;
// What the first look counts at most: it may have waited for an election, and nothing is known yet to compare it with.
constexpr nanoseconds first_guess = milliseconds{100};

// The window after a change in which a service is watched closely, and how the watching slows down.
struct pace {
  seconds age;
  milliseconds interval;
};
constexpr std::array<pace, 4> cooling{{{seconds{5}, poll_schedule::hot_interval},
                                       {seconds{15}, milliseconds{100}},
                                       {seconds{60}, milliseconds{250}},
                                       {seconds{120}, milliseconds{500}}}};
constexpr seconds settled_after{2};
constexpr milliseconds first_doubt_pause{50}, longest_doubt_pause{5'000};
constexpr seconds calm_pause{1};  // between two looks at a service whose tasks end again and again

milliseconds hot_pace(nanoseconds age) {
  for (const auto& p : cooling) {
    if (age < p.age) return p.interval;
  }
  return cooling.back().interval;
}

}  // namespace

void poll_schedule::restart() noexcept {
  first_ = true;
  wanted_ = networks_ = false;
  pending_.clear();
  again_.clear();
  hot_.clear();
  calm_.clear();
}

void poll_schedule::hint(change_hint h, mono_time now) {
  if (h.doubt) {
    if (now < doubt_next_) return;  // requests fail all the time, and looking did not help: the base interval will do
    doubted_ = true;
  }
  if (h.everything || h.networks) {
    if (!wanted_) reason_ = h.reason;
    wanted_ = true;
    networks_ = networks_ || h.networks;
    // What an event announces may reach the lists a little later than the event.
    if (!h.doubt || doubt_pause_.count() == 0) again_ = {now + milliseconds{200}, now + milliseconds{700}, now + milliseconds{1'500}};
  }
  for (const auto& id : h.services) {
    if (const auto calm = calm_.find(id); calm != calm_.end()) {
      calm->second.owed = true;
      continue;
    }
    auto& s = hot_.try_emplace(id, hot_service{now, now, false}).first->second;
    s.changed = now;
    if (pending_.empty()) limited_reason_ = h.reason;
    pending_.insert(id);
  }
}

void poll_schedule::observed(const std::set<std::string>& unsettled, const std::vector<std::string>& changed, mono_time now,
                             const std::set<std::string>& looping) {
  if (doubted_ && !wanted_) {  // its look was this one
    doubted_ = false;
    doubt_pause_ = changed.empty() ? std::clamp(doubt_pause_ * 2, first_doubt_pause, longest_doubt_pause) : milliseconds{0};
    doubt_next_ = now + doubt_pause_;
  }
  std::erase_if(calm_, [&](const auto& entry) {
    if (looping.contains(entry.first)) return false;
    if (entry.second.owed) {
      if (pending_.empty()) limited_reason_ = "hot";
      pending_.insert(entry.first);
    }
    return true;
  });
  for (const auto& id : looping) {
    auto& calm = calm_.try_emplace(id, calm_service{now + calm_pause}).first->second;
    calm.owed = calm.owed || unsettled.contains(id);
    hot_.erase(id);
  }
  for (auto& [id, s] : hot_) s.unsettled = false;
  for (const auto& id : unsettled) {
    if (calm_.contains(id)) continue;
    hot_.try_emplace(id, hot_service{now, now, true}).first->second.unsettled = true;
  }
  for (const auto& id : changed) {
    if (const auto it = hot_.find(id); it != hot_.end()) it->second.changed = now;
  }
  cool(now);
}

// A service leaves the window once it is settled, or when it has not moved for so long that the base interval will do.
void poll_schedule::cool(mono_time now) {
  std::erase_if(hot_, [now](const auto& entry) {
    const auto age = now - entry.second.changed;
    return entry.second.unsettled ? false : age >= settled_after;
  });
}

mono_time poll_schedule::time_budget::allowed() const {
  if (credit_ns >= 0 || share <= 0) return mono_time{};
  return ended + nanoseconds(static_cast<std::int64_t>(-credit_ns / share));
}

void poll_schedule::time_budget::spend(nanoseconds spent, double next_share, mono_time now) {
  const bool first = ended == mono_time{};
  credit_ns = first ? most_credit_ns : std::min(credit_ns + static_cast<double>((now - ended).count()) * share, most_credit_ns);
  // One answer that took long says little of what looks cost the Engine (it had other work, or the machine had): it counts as
  // four usual ones at most. What lasts becomes usual within a few looks.
  const bool guess = first && spent > first_guess;
  const nanoseconds counted = guess ? first_guess : usual.count() == 0 ? spent : std::min(spent, 4 * usual);
  if (!guess) usual = usual.count() == 0 ? counted : usual + (counted - usual) / 4;
  credit_ns -= static_cast<double>(counted.count());
  ended = now;
  cost = counted;
  share = next_share;
}

void poll_schedule::looked(const look& done, nanoseconds cost, mono_time now) {
  if (done.kind == poll_scope::full) {
    full_.spend(cost, full_share, now);
    first_ = false;
    return;
  }
  const auto interval = std::max<nanoseconds>({interval_, full_gap(), nanoseconds{1}});
  const double taken = static_cast<double>(full_.cost.count()) / static_cast<double>(interval.count());
  limited_.spend(cost, std::max(all_share - per_full * taken, all_share - most_full_share), now);
}

mono_time poll_schedule::limited_allowed() const {
  if (limited_.usual > cheap) return limited_.allowed();
  return std::min(limited_.allowed(), limited_.ended + std::max(longest_blindness, limited_.usual * blindness_per_cost));
}

nanoseconds poll_schedule::full_gap() const {
  const auto at_share = [this](double share) { return nanoseconds(static_cast<std::int64_t>(static_cast<double>(full_.cost.count()) / share)); };
  return std::min(at_share(full_share), std::max<nanoseconds>(longest_, at_share(most_full_share)));
}

mono_time poll_schedule::full_allowed() const {
  if (first_) return mono_time{};
  return std::min(full_.allowed(), full_.ended + full_gap());
}

mono_time poll_schedule::full_due() const {
  if (first_) return mono_time{};
  mono_time at = full_.ended + std::min<nanoseconds>(interval_, longest_);
  if (wanted_) at = mono_time{};
  else if (!again_.empty()) at = std::min(at, again_.front());
  return std::max(at, full_allowed());
}

mono_time poll_schedule::hot_due(mono_time now) const {
  mono_time at = never;
  for (const auto& [id, s] : hot_) {
    if (now - s.changed >= cooling.back().age) continue;
    at = std::min(at, std::max(limited_.ended, full_.ended) + hot_pace(now - s.changed));
  }
  return at == never ? never : std::max(at, limited_allowed());
}

std::optional<look> poll_schedule::due(mono_time now) {
  const bool crowd = pending_.size() > most_services && full_allowed() <= now;
  if (full_due() <= now || crowd) {
    look out{poll_scope::full,
             {},
             networks_,
             first_            ? "start"
             : wanted_         ? reason_
             : !again_.empty() ? "event"
             : crowd           ? limited_reason_
                               : "interval"};
    wanted_ = networks_ = false;
    std::erase_if(again_, [now](mono_time t) { return t <= now; });
    pending_.clear();
    for (auto& [id, calm] : calm_) calm = {now + calm_pause};
    return out;
  }
  for (auto& [id, calm] : calm_) {
    if (!calm.owed || calm.next > now || limited_allowed() > now) continue;
    if (pending_.empty()) limited_reason_ = "hot";
    pending_.insert(id);
    calm = {now + calm_pause};
  }
  if (!pending_.empty() && limited_allowed() <= now) {
    look out{poll_scope::services, {}, false, limited_reason_};
    while (!pending_.empty() && out.services.size() < most_services) {
      out.services.push_back(std::move(pending_.extract(pending_.begin()).value()));
    }
    return out;
  }
  if (hot_due(now) <= now) {
    look out{poll_scope::tasks, {}, false, "hot"};
    for (const auto& [id, s] : hot_) {
      if (now - s.changed < cooling.back().age && out.services.size() < most_services) out.services.push_back(id);
    }
    return out;
  }
  return std::nullopt;
}

mono_time poll_schedule::next(mono_time now) const {
  mono_time at = full_due();
  if (!pending_.empty()) at = std::min(at, limited_allowed());
  for (const auto& [id, calm] : calm_)
    if (calm.owed) at = std::min(at, std::max(calm.next, limited_allowed()));
  return std::min(at, hot_due(now));
}

}  // namespace waggle::discovery
