// [frontends.NAME] → model::frontend. Pure.
#pragma once

#include "file/section.hpp"

#include <waggle/model/traefik1/frontend.hpp>

namespace waggle::discovery::file {

struct frontend_reading {
  bool keep_trailing_slash = false;  ///< as rules are compiled later
};

/// `out.name` is set already. Findings go to the section. Whether its backend exists is for the caller to judge.
void read_frontend(section& from, model::frontend& out, const frontend_reading& how);

/// Everything but rule, backend, priority and entry points.
void read_frontend_options(section& from, model::frontend_options& out);

}  // namespace waggle::discovery::file
