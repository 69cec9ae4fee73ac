// [backends.NAME] → model::backend. Pure.
#pragma once

#include "file/section.hpp"

#include <waggle/model/traefik1/backend.hpp>

namespace waggle::discovery::file {

/// `out.name` is set already. Findings go to the section.
void read_backend(section& from, model::backend& out);

}  // namespace waggle::discovery::file
