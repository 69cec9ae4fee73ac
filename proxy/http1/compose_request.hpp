// A request as HTTP/1.1 text for the next hop, made when it is sent: once for each attempt. Pure.
#pragma once

#include <waggle/http/forwarding.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace waggle::proxy::http1 {

using http::next_hop;

/// The head, up to its empty line. @return its size; 0 if it does not fit.
std::size_t compose_request(const http::request& r, const next_hop& to, std::span<char> out) noexcept;

/// GET of `target` with the fields of `r`, but for what describes another request's body, connection or cached copy: an error
/// page is fetched whole. Its connection is closed afterwards.
std::string compose_page_request(const http::request& r, const next_hop& to, std::string_view target);

/// May this line go to another server at all? (Whether it may be believed is asked elsewhere.)
constexpr bool goes_on(const http::field& f) noexcept { return f.origin != http::field_origin::this_hop && !http::is_kept_from_server(f.id); }

}  // namespace waggle::proxy::http1
