// The small interface of everything a frontend does to a request before a server is chosen, without waiting for anything:
// white list, redirect, header rules, basic and digest auth. Built once per table, immutable, shared by all workers.
#pragma once

#include "http1/head.hpp"
#include "io/address.hpp"
#include "io/timer_wheel.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::proxy::middleware {

/// What a middleware may look at. Views into scratch memory: valid during the call only.
struct request_info {
  const http1::request_head& head;
  std::string_view host;         ///< as sent, with port; the authority of an absolute target wins
  std::string_view target;       ///< as received (origin or absolute form)
  std::string_view path;         ///< after the rule's modifiers, encoded
  std::string_view query;        ///< without '?'
  bool has_query = false;
  std::string_view peer;         ///< client address as text
  std::uint16_t peer_port = 0;
  const io::ip_bytes& peer_ip;
  bool trusted = false;          ///< the client's forwarding headers count (entry point)
  std::string_view entry_point;  ///< its name
  bool tls = false;
  io::time_ms now = 0;
  std::string_view edge = {};    ///< our name in X-Waggle-Hops
  unsigned turns = 0;            ///< how often the request has been here before
};

/// First line of that field, empty if there is none.
std::string_view field(const request_info& request, std::string_view name) noexcept;

/// More than one Authorization line: a server may go by another one than was checked here (RFC 9110 section 11.6.2 has one).
bool has_rival_credentials(const request_info& request) noexcept;

class deferred_check;

/// Changes to the head on its way to the server. Names compare without case; Host and framing fields cannot be changed.
struct request_edits {
  std::vector<std::string> remove;
  std::vector<std::pair<std::string, std::string>> set;  ///< replaces all lines of that name; values are checked bytes
  bool secure = false;                                   ///< TLS, or a header says so that the operator named
  std::string user;                                      ///< who was authenticated, for the access log
  std::shared_ptr<deferred_check> later;                 ///< what is left to be checked before the request goes on
};

/// `name` gets this one value, or none if it is empty; what was said of that name before counts no more.
void set_field(request_edits& edits, std::string_view name, std::string_view value);
/// The same for several values: forgets what was said before, and removes what comes from the client.
void remove_field(request_edits& edits, std::string_view name);

/// An answer that waggle gives instead of asking a server.
struct local_answer {
  unsigned status = 500;
  std::string fields;  ///< complete lines, CRLF each; Content-Length, Date and Connection are added
  std::string body;
};

class guard {
 public:
  virtual ~guard() = default;
  /// @return an answer to give instead of going on. Thread: any worker; must not block.
  virtual std::optional<local_answer> check(const request_info& request, request_edits& edits) const = 0;
  /// What the access log puts before the frontend's name when the answer is this guard's (Traefik 1.7); null: nothing.
  virtual const char* told_as() const noexcept { return nullptr; }
};

}  // namespace waggle::proxy::middleware
