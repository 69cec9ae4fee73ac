// Headers that an operator writes down.
#pragma once

#include <map>
#include <string>

namespace waggle::model {

/// Header name (canonical case) → value; an empty value deletes the header.
using header_map = std::map<std::string, std::string>;

}  // namespace waggle::model
