// A request's way through the limits of its frontend: asked one after the other, and each that let it in hears of its end once,
// whichever way it comes.
#pragma once

#include "middleware/limit.hpp"

#include <cstddef>
#include <memory>
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

  /// What the next limit counts the request under, in their order; while its head is at hand.
  void add_key(std::string key) { keys_.push_back(std::move(key)); }
  /// Asks those that have not been asked, until one refuses. @param limits  they outlive this.
  std::optional<local_answer> ask(const std::vector<std::shared_ptr<limit>>& limits, io::time_ms now) {
    limits_ = &limits;
    for (; count_ < keys_.size(); ++count_)
      if (auto refusal = limits[count_]->admit(keys_[count_], now)) return refusal;
    return std::nullopt;
  }
  /// The limit that refused; valid after ask() had an answer.
  const limit& refusing() const noexcept { return *(*limits_)[count_]; }
  /// How many let it in.
  std::size_t count() const noexcept { return count_; }
  /// The request has ended.
  void finish(const outcome& result) noexcept {
    const std::size_t all = std::exchange(count_, 0);
    for (std::size_t i = 0; i < all; ++i) {
      try {
        (*limits_)[i]->finished(keys_[i], result);
      } catch (...) {  // no memory for a figure; the others must hear of it all the same
      }
    }
  }

 private:
  std::vector<std::string> keys_;
  const std::vector<std::shared_ptr<limit>>* limits_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace waggle::proxy::middleware
