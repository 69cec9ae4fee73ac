// Traefik 1's one-line form of an entry point: "Name:http Address::80
// ForwardedHeaders.TrustedIPs:10.0.0.0/8".
#pragma once

#include <waggle/base/result.hpp>
#include <waggle/proxy/options.hpp>

#include <string_view>

namespace waggle::app {

/// Parses blank-separated Key:Value words (keys without case). A word that waggle does not serve, or does not
/// know, is an error that names it.
base::text_result<proxy::entry_point> parse_entry_point(std::string_view text);

/// Is it a word of Traefik 1's entry points, served or not?
bool is_entry_point_word(std::string_view word);

}  // namespace waggle::app
