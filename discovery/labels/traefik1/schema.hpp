// Every label that is read in Traefik 1's dialect, with waggle's own beside them.
#pragma once

#include "labels/schema.hpp"
#include "labels/traefik1/target.hpp"

namespace waggle::discovery::traefik1 {

const label_schema<target>& schema();

}  // namespace waggle::discovery::traefik1
