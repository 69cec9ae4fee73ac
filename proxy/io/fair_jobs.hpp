// Jobs that wait for a thread, by who wants them done: each owner has its turn, and a share of places and threads that it cannot
// exceed. A flood of one waits behind itself. Pure; whoever uses it locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

namespace waggle::proxy::io {

template <class Job>
class fair_jobs {
 public:
  struct shares {
    std::size_t places = 256;        ///< jobs that wait, of all
    std::size_t of_one = 64;         ///< … of one owner
    std::size_t threads_of_one = 1;  ///< jobs of one owner that run at once
  };
  using owner = std::uint64_t;

  explicit fair_jobs(shares s) noexcept : shares_(s) {}

  bool has_place(owner o) const {
    const auto found = owners_.find(o);
    return waiting_ < shares_.places && (found == owners_.end() || found->second.jobs.size() < shares_.of_one);
  }
  /// @return false: too many wait already, of all or of this owner.
  bool push(owner o, Job job) {
    if (!has_place(o)) return false;
    const auto found = owners_.find(o);
    state& s = found != owners_.end() ? found->second : owners_[o];
    s.jobs.push_back(std::move(job));
    ++waiting_;
    if (!s.in_turn && s.running < shares_.threads_of_one) queue(o, s);
    return true;
  }
  /// The next one to run, with its owner; done() must follow. @return none: nobody may run now.
  std::optional<std::pair<owner, Job>> pop() {
    if (turns_.empty()) return std::nullopt;
    const owner o = turns_.front();
    turns_.pop_front();
    state& s = owners_.at(o);
    s.in_turn = false;
    std::pair<owner, Job> out{o, std::move(s.jobs.front())};
    s.jobs.pop_front();
    --waiting_;
    ++s.running;
    if (!s.jobs.empty() && s.running < shares_.threads_of_one) queue(o, s);
    return out;
  }
  void done(owner o) {
    state& s = owners_.at(o);
    --s.running;
    if (!s.jobs.empty()) {
      if (!s.in_turn) queue(o, s);
    } else if (s.running == 0) {
      owners_.erase(o);
    }
  }
  /// Drops jobs of that owner which nobody wants any more.
  template <class Unwanted>
  void drop(owner o, Unwanted&& unwanted) {
    const auto found = owners_.find(o);
    if (found == owners_.end()) return;
    state& s = found->second;
    waiting_ -= std::erase_if(s.jobs, unwanted);
    if (!s.jobs.empty()) return;
    if (s.in_turn) std::erase(turns_, o);
    s.in_turn = false;
    if (s.running == 0) owners_.erase(found);
  }
  bool may_run() const noexcept { return !turns_.empty(); }
  std::size_t waiting() const noexcept { return waiting_; }

 private:
  struct state {
    std::deque<Job> jobs;
    std::size_t running = 0;
    bool in_turn = false;
  };
  void queue(owner o, state& s) {
    turns_.push_back(o);
    s.in_turn = true;
  }
  const shares shares_;
  std::unordered_map<owner, state> owners_;
  std::deque<owner> turns_;  ///< owners with a job that may run
  std::size_t waiting_ = 0;
};

}  // namespace waggle::proxy::io
