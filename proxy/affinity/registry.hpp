// THE list of affinity policies: what a request tells of the server that its client was at, and what a response says so that it comes
// back. A closed set: a switch, no virtual call. A policy is a file of its own and one case in each function here.
#pragma once

#include "affinity/sticky_cookie.hpp"
#include "plan/backend.hpp"

#include <waggle/http/field.hpp>
#include <waggle/model/service/affinity_policy.hpp>

namespace waggle::proxy::affinity {

/// Which server the request asks for.
inline cookie_target find(http::field_span fields, const plan::backend& b) {
  switch (b.affinity) {
    case model::affinity_policy::cookie: return read(fields, b);
    case model::affinity_policy::none: break;
  }
  return {};
}

/// Lines of a response that lead its client to this server next time. @param put  takes a piece of text.
template <class Put>
void on_response(const plan::backend& b, const plan::server& s, Put&& put) {
  switch (b.affinity) {
    case model::affinity_policy::cookie: return set_cookie(b, s, put);
    case model::affinity_policy::none: return;
  }
}

}  // namespace waggle::proxy::affinity
