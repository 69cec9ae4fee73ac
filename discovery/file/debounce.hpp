// When to read a file that is being written: once it was left alone for a while, but not later than a second after the first
// sign. Pure: time is an argument.
#pragma once

#include <waggle/base/clock.hpp>

#include <algorithm>
#include <optional>

namespace waggle::discovery::file {

class settle {
 public:
  static constexpr base::milliseconds quiet{100}, longest{1'000};

  void heard(base::mono_time now) {
    if (!first_) first_ = now;
    due_ = std::min(now + quiet, *first_ + longest);
  }
  void at_once(base::mono_time now) { due_ = first_ = now; }
  /// Nothing: there is no reason to read.
  std::optional<base::mono_time> due() const { return due_; }
  void done() {
    first_.reset();
    due_.reset();
  }

 private:
  std::optional<base::mono_time> first_, due_;
};

}  // namespace waggle::discovery::file
