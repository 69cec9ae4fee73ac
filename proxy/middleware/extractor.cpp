#include "middleware/extractor.hpp"

#include "http1/framing.hpp"
#include "middleware/process_key.hpp"

#include <waggle/http/field.hpp>

namespace waggle::proxy::middleware {
namespace {
constexpr std::size_t longest_key = 64;
}

base::text_result<extractor> extractor::parse(std::string_view function) {
  constexpr std::string_view header = "request.header.";
  extractor out;
  if (function == "client.ip") out.what_ = what::ip;
  else if (function == "request.host") out.what_ = what::host;
  else if (function.starts_with(header)) {
    out.what_ = what::header;
    out.header_ = function.substr(header.size());
    if (out.header_.empty()) return base::text_error{"wrong header: " + std::string(function)};
  } else {
    return base::text_error{"unsupported limiting variable: '" + std::string(function) + "'"};
  }
  return out;
}

std::string extractor::operator()(const request_info& about) const {
  // Traefik cuts the address at its first colon, which puts all of IPv6 under one key (or few); a whole address is meant.
  std::string host;  // spelled in one way, or each spelling would have a limit of its own
  if (what_ == what::host) host = http::lowered(std::string(http1::host_name(about.request.authority)));
  const std::string_view value = what_ == what::ip ? about.peer : what_ == what::host ? std::string_view(host) : field(about, header_);
  if (value.size() <= longest_key) return std::string(value);
  const auto digest = keyed_digest(value);
  return {digest.begin(), digest.end()};
}

}  // namespace waggle::proxy::middleware
