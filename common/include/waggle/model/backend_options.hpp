// What labels may ask of a backend beyond its servers: plain data as Traefik 1 names it. Whether a value makes sense is
// judged where it is wired; here it is only carried.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace waggle::model {

/// Header name (canonical case) → value; an empty value deletes the header.
using header_map = std::map<std::string, std::string>;

struct circuit_breaker {
  std::string expression;
  bool operator==(const circuit_breaker&) const = default;
};

struct max_conn {
  std::int64_t amount = 0;
  std::string extractor_func = "request.host";
  bool operator==(const max_conn&) const = default;
};

struct health_check {
  std::string scheme, path;
  int port = 0;  ///< 0: the server's own
  std::string interval, hostname;  ///< interval: Go duration text; empty or bad: the default
  header_map headers;
  bool operator==(const health_check&) const = default;
};

struct buffering {
  std::int64_t max_request_body_bytes = 0, mem_request_body_bytes = 0;
  std::int64_t max_response_body_bytes = 0, mem_response_body_bytes = 0;
  std::string retry_expression;
  bool operator==(const buffering&) const = default;
};

struct response_forwarding {
  std::string flush_interval;  ///< Go duration text or integer seconds
  bool operator==(const response_forwarding&) const = default;
};

/// waggle's own: how long it waits for a server. Zero: as for every backend; unlimited: for ever.
struct server_timeouts {
  static constexpr std::chrono::milliseconds unlimited = std::chrono::milliseconds::max();
  std::chrono::milliseconds connect{0};   ///< one attempt
  std::chrono::milliseconds response{0};  ///< from the request sent to the head of the answer (504)
  std::chrono::milliseconds idle{0};      ///< between two pieces of an answer's body (cut)
  bool operator==(const server_timeouts&) const = default;
};

}  // namespace waggle::model
