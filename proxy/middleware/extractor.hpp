// What a request is counted under: client.ip, request.host or request.header.NAME (Traefik 1.7 section 7.6).
#pragma once

#include "middleware/step.hpp"

#include <waggle/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::proxy::middleware {

class extractor {
 public:
  static base::text_result<extractor> parse(std::string_view function);
  /// Long values are told apart by their digest: a client must not decide how much memory its key takes.
  std::string operator()(const request_info& about) const;

 private:
  enum class what : std::uint8_t { ip, host, header };
  what what_ = what::ip;
  std::string header_;
};

}  // namespace waggle::proxy::middleware
