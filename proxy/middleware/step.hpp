// One step of a chain: what a frontend or an entry point does to a request before a server is chosen (white list, redirect, header
// rules, auth). Built once per table, immutable, shared by all workers. A step sees what those before it have changed.
#pragma once

#include "io/address.hpp"
#include "io/timer_wheel.hpp"

#include <waggle/http/forwarding.hpp>
#include <waggle/http/message.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace waggle::proxy::middleware {

/// What a middleware may look at: the request, and the connection that it came over.
struct request_info {
  const http::request& request;
  std::string_view peer;  ///< client address as text
  std::uint16_t peer_port = 0;
  const io::ip_bytes& peer_ip;
  bool trusted = false;          ///< the client's forwarding headers count (entry point)
  std::string_view entry_point;  ///< its name
  bool tls = false;
  io::time_ms now = 0;
  std::string_view edge = {};  ///< our name in X-Waggle-Hops
  unsigned turns = 0;          ///< how often the request has been here before
  http::sender sender() const noexcept { return {peer, trusted}; }
};

/// First line of that field, empty if there is none.
inline std::string_view field(const request_info& about, std::string_view name) noexcept { return about.request.fields.first(name); }

/// More than one Authorization line: a server may go by another one than was checked here (RFC 9110 section 11.6.2 has one).
inline bool has_rival_credentials(const request_info& about) noexcept {
  std::size_t lines = 0;
  for (const http::field& f : about.request.fields.all()) lines += f.id == http::field_id::credentials;
  return lines > 1;
}

/// An answer that waggle gives instead of asking a server.
struct local_answer {
  unsigned status = 500;
  std::string fields;  ///< complete lines, CRLF each; Content-Length, Date and Connection are added
  std::string body;
};

class deferred_check;

/// The request goes on.
struct passed {
  std::string user = {};  ///< who was authenticated, for the access log
  bool secure = false;    ///< TLS, or a header says so that the operator named
};

/// An answer is given instead of going on; a check has to agree first, which takes a while.
using step_result = std::variant<passed, local_answer, std::shared_ptr<deferred_check>>;

class step {
 public:
  virtual ~step() = default;
  /// @param request  the one that `about` shows; changes of its fields are for the server and for all steps behind this one.
  /// Thread: any worker; must not block.
  virtual step_result on_request(const request_info& about, http::request& request) const = 0;
};

}  // namespace waggle::proxy::middleware
