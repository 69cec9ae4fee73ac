#include "labels/waggle/values.hpp"

#include "labels/go_value.hpp"

#include <waggle/model/service/server_timeouts.hpp>
#include <waggle/model/verdict.hpp>

namespace waggle::discovery::waggle_labels {

using std::chrono::nanoseconds;

void read_between(label_notes& notes, const label_use& use, const duration_range& range, std::chrono::milliseconds& slot) {
  const auto ns = parse_go_duration(use.value);
  if (ns.has_value() && *ns == 0 && range.zero_is_unlimited) {
    slot = model::server_timeouts::unlimited;
  } else if (ns.has_value() && *ns >= nanoseconds(range.least).count() && *ns <= nanoseconds(range.most).count()) {
    slot = std::chrono::milliseconds(*ns / 1'000'000);
  } else {
    notes.diagnostics.push_back(about_label(model::severity::warning, "bad-value", use,
                                            "is no duration from " + std::string(range.words) + "; " + std::string(range.otherwise),
                                            "write a duration such as 5s"));
  }
}

void read_cookie_value(label_notes& notes, const label_use& use, std::string& slot) {
  if (use.value == "opaque" || use.value == "url") {
    slot = use.value;
    return;
  }
  notes.diagnostics.push_back(
      about_label(model::severity::warning, "bad-value", use, "is not a form of the cookie's value; --sticky.opaque decides", "write opaque or url"));
}

}  // namespace waggle::discovery::waggle_labels
