// What is wrong with the options, collected: an operator who hears of everything at once mends it in one go.
#pragma once

#include <waggle/base/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::app {

struct complaints {
  std::vector<std::string> refused;   ///< each ends the start
  std::vector<std::string> warnings;  ///< to be logged once there is a log

  void refuse(std::string reason) { refused.push_back(std::move(reason)); }
  /// Keeps why it failed. @return did it go well?
  template <class Result>
  bool took(const Result& done) {
    if (!done) refuse(done.error().reason);
    return static_cast<bool>(done);
  }
};

/// One reason as it is; several below a line with their number, one each line.
base::text_error together(const std::vector<std::string>& refused);
/// The reasons that together() was given.
std::vector<std::string> apart(std::string_view reason);

}  // namespace waggle::app
