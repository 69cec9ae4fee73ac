// How a server has answered lately. Counters since the start say nothing after a day: an hour of errors is lost in a million
// good answers, and blames a server long after it is well. Used on its worker's thread.
#pragma once

#include "io/loop.hpp"

#include <cstdint>

namespace waggle::proxy::upstream {

class recent_answers {
 public:
  /// Both halves of the window hold at least so long, and so many, so that a server with little traffic is judged as well.
  static constexpr io::time_ms half = 30'000;
  static constexpr std::uint32_t enough = 25;

  /// @param bad  a status from 500 on, also waggle's own for want of an answer.
  void note(bool bad, io::time_ms now) noexcept {
    if (now - began_ >= half && newer_.all >= enough) {
      older_ = newer_;
      newer_ = {};
      began_ = now;
    }
    ++newer_.all;
    if (!bad) {
      good_at_ = now;
      bad_in_a_row_ = 0;
      return;
    }
    ++newer_.bad;
    if (bad_in_a_row_++ == 0) bad_since_ = now;
  }

  std::uint64_t all() const noexcept { return std::uint64_t{older_.all} + newer_.all; }
  std::uint64_t bad() const noexcept { return std::uint64_t{older_.bad} + newer_.bad; }
  std::uint32_t bad_in_a_row() const noexcept { return bad_in_a_row_; }
  io::time_ms bad_since() const noexcept { return bad_since_; }  ///< the first of that row
  io::time_ms good_at() const noexcept { return good_at_; }      ///< the last good one; 0: none

 private:
  struct counts {
    std::uint32_t all = 0, bad = 0;
  } older_, newer_;
  std::uint32_t bad_in_a_row_ = 0;
  io::time_ms began_ = 0, bad_since_ = 0, good_at_ = 0;
};

/// Of all workers: the answers since the last good one of any of them. Rows that may have begun before it do not count, so
/// that the sum is never too high.
class bad_row {
 public:
  void add(const recent_answers& one) noexcept {
    if (one.good_at() > good_at_) good_at_ = one.good_at();
    if (count_ > 0 && since_ < good_at_) count_ = 0;
    if (one.bad_in_a_row() == 0 || one.bad_since() < good_at_) return;
    if (count_ == 0 || one.bad_since() < since_) since_ = one.bad_since();
    count_ += one.bad_in_a_row();
  }
  std::uint64_t count() const noexcept { return count_; }

 private:
  std::uint64_t count_ = 0;
  io::time_ms since_ = 0, good_at_ = 0;
};

}  // namespace waggle::proxy::upstream
