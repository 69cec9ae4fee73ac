// Which build this is.
#pragma once

#include <string>
#include <string_view>

namespace waggle::app {

inline constexpr std::string_view codename = "figure-eight";  // the dance of a bee that found something

std::string_view version_number();  ///< "0.1.0"
std::string_view build_date();      ///< "2026-11-21T20:42:00Z"; SOURCE_DATE_EPOCH if the build had one
std::string version_text();         ///< what "waggle version" prints

}  // namespace waggle::app
