// What the access log remembers of one request while it runs: copies, since the head's buffer is gone when the line is
// written. Reused, so that its strings keep their memory.
#pragma once

#include "access/line.hpp"

#include <waggle/base/clock.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::proxy::plan {
struct backend;
}  // namespace waggle::proxy::plan

namespace waggle::proxy::routing {
struct frontend;
}  // namespace waggle::proxy::routing

namespace waggle::proxy::access {

// Large: a line of the access log has that many fields; it is a value without behaviour.
struct record {
  // The request, as received
  std::string method, target, host;
  std::string referer, agent;  ///< common format only
  std::string forwarded_for;   ///< of a trusted peer
  std::string user;            ///< who was authenticated
  unsigned minor = 1;
  std::string_view client_ip;  ///< the connection's, which outlives the record's use
  std::uint16_t client_port = 0;
  std::int64_t started_wall = 0;       ///< ns since the epoch
  base::mono_time started{}, asked{};  ///< asked: when a server's turn began
  bool was_asked = false;
  bool had_cookie = false;  ///< the sticky cookie was there, whatever it said
  std::uint64_t request_bytes = 0;

  // The answer
  unsigned origin_status = 0, status = 0;  ///< 0: none
  std::string origin_reason;
  std::uint64_t answer_bytes = 0;
  unsigned retries = 0;
  const char* answered_by = nullptr;  ///< "Auth for ", … when a middleware did; null otherwise
  std::string_view entry_point;       ///< … if it was one of the entry point, before there was a route

  /// JSON members ("\"request_Accept\":\"*/*\",") of the heads.
  growing_text request_fields, origin_fields, downstream_fields;

  // Where it went; filled in at the end. Valid during the call only.
  const routing::frontend* route = nullptr;
  const plan::backend* to = nullptr;
  int server = -1, wanted = -1;

  void clear() noexcept {
    for (std::string* s : {&method, &target, &host, &referer, &agent, &forwarded_for, &user, &origin_reason}) s->clear();
    for (growing_text* s : {&request_fields, &origin_fields, &downstream_fields}) s->clear();
    was_asked = had_cookie = false;
    request_bytes = answer_bytes = 0;
    origin_status = status = retries = 0;
    answered_by = nullptr;
    entry_point = {};
    route = nullptr;
    to = nullptr;
    server = wanted = -1;
  }
};

}  // namespace waggle::proxy::access
