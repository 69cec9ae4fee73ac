// A YAML text as the same plain tree as a TOML one; the only file that sees the YAML library is yaml_document.cpp.
#pragma once

#include "file/document.hpp"

#include <string_view>

namespace waggle::discovery::file {

/// Plain scalars are numbers and booleans where they look so (YAML 1.2: true and false only), quoted ones are texts. Anchors and merge
/// keys are put in; what grows beyond a million nodes by them is an error.
boost::system::result<node, finding> parse_yaml_document(std::string_view text);

}  // namespace waggle::discovery::file
