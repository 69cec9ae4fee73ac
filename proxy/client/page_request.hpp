// The request for an error page, in place of a request that got no answer fit to be passed on.
#pragma once

#include "client/fetch.hpp"

#include <waggle/http/forwarding.hpp>
#include <waggle/http/message.hpp>

#include <string_view>

namespace waggle::proxy::client {

/// GET of `target` with the fields of `r`, but for what is said of its body and its connection. To whom, and when it is late, is the
/// caller's to add.
request page_request(const http::request& r, const http::next_hop& to, std::string_view target);

}  // namespace waggle::proxy::client
