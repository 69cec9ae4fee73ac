// One kind of middleware: bodies that are kept whole, and tried again.
// Plain data as Traefik 1 names it; whether a value makes sense is judged where it is wired.
#pragma once

#include <cstdint>
#include <string>

namespace waggle::model {

struct buffering {
  std::int64_t max_request_body_bytes = 0, mem_request_body_bytes = 0;
  std::int64_t max_response_body_bytes = 0, mem_response_body_bytes = 0;
  std::string retry_expression;
  bool operator==(const buffering&) const = default;
};

}  // namespace waggle::model
