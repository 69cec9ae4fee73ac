// What a rule may look at. Everything is already validated and normalised by the data path; views only.
#pragma once

#include <waggle/http/field.hpp>

#include <span>
#include <string_view>

namespace waggle::match {

struct request_view {
  std::string_view method;
  std::string_view host;   ///< lower case, without port and final dot; empty if the request named none
  std::string_view path;   ///< decoded, as matchers compare it (%2F is a slash here, as in Traefik 1)
  std::string_view query;  ///< raw, without '?'
  std::span<const http::field> fields;
};

}  // namespace waggle::match
