// Values that only waggle's own labels have: durations between two ends, and what the sticky cookie holds.
#pragma once

#include "labels/label_notes.hpp"
#include "labels/label_use.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace waggle::discovery::waggle_labels {

struct duration_range {
  std::chrono::milliseconds least, most;
  std::string_view words;          ///< "0s to 60s"
  std::string_view otherwise;      ///< what holds if the value is none of these
  bool zero_is_unlimited = false;  ///< 0 is said, not left out: no limit whatever the flag says
};

/// A value outside of the range leaves the slot as it is, and a finding.
void read_between(label_notes& notes, const label_use& use, const duration_range& range, std::chrono::milliseconds& slot);
/// "url" or "opaque".
void read_cookie_value(label_notes& notes, const label_use& use, std::string& slot);

}  // namespace waggle::discovery::waggle_labels
