// A request's way through the limits of its chain: each is asked in its place, and each that let it in hears of its end once,
// whichever way it comes.
#pragma once

#include "middleware/limit.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waggle::proxy::middleware {

class passed_limits {
 public:
  passed_limits() noexcept = default;
  passed_limits(const passed_limits&) = delete;
  passed_limits& operator=(const passed_limits&) = delete;
  /// An exception ended it: no answer is known.
  ~passed_limits() { finish({}); }

  /// Asks one limit more. @param one  outlives this.
  std::optional<local_answer> ask(limit& one, const request_info& about) {
    std::string key = one.key(about);
    asked_.reserve(asked_.size() + 1);  // who let it in is noted whatever happens
    if (auto refusal = one.admit(key, about.now)) return refusal;
    asked_.push_back({&one, std::move(key)});
    return std::nullopt;
  }
  /// How many let it in.
  std::size_t count() const noexcept { return asked_.size(); }
  /// The request has ended.
  void finish(const outcome& result) noexcept {
    const std::vector<one_passed> all = std::exchange(asked_, {});
    for (const one_passed& p : all) {
      try {
        p.by->finished(p.key, result);
      } catch (...) {  // no memory for a figure; the others must hear of it all the same
      }
    }
  }

 private:
  struct one_passed {
    limit* by;
    std::string key;
  };
  std::vector<one_passed> asked_;
};

}  // namespace waggle::proxy::middleware
