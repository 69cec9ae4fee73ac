// How far a misspelt key is from a known one.
#pragma once

#include <waggle/base/edit_distance.hpp>

namespace waggle::discovery {

using base::edit_distance;

}  // namespace waggle::discovery
