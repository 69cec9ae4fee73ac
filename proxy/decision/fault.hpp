// What can go wrong with one attempt to have a request answered. One row for each kind: whose doing it is, whether and where the
// request may be sent again, what the client gets, what people are told. Pure.
#pragma once

#include "upstream/retry_budget.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waggle::proxy {

enum class fault_kind : std::uint8_t {
  none,
  no_server,       ///< its last task goes, or its health check has taken the last one out
  connect_failed,  ///< refused, no route, …
  connect_timeout,
  reused_closed,   ///< a kept connection ended before the first response byte
  fresh_closed,    ///< a new connection did
  unacknowledged,  ///< nobody acknowledged the request: the server's node is gone
  response_timeout,
  bad_response,        ///< malformed, or cut before its end
  response_too_large,  ///< a body above the limit of its backend's buffering
  request_too_large,
  request_head_too_large,  ///< with the fields that are set here
  no_room,                 ///< there is no place to keep a body now
  bad_request_body,        ///< its framing is wrong
  request_timeout,         ///< the client does not send its body
  client_gone
};

enum class fault_side : std::uint8_t {
  none,
  client,
  server,  ///< or the way to it: counts against the server
  waggle   ///< a limit of its own
};

/// When a request may be sent again (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1).
enum class retry_class : std::uint8_t {
  never,
  if_nothing_sent,  ///< whatever its method: no server had work with it
  if_idempotent,
  if_idempotent_once  ///< a server may die of this request: one more is enough
};

enum class retry_place : std::uint8_t {
  same_server,  ///< on a new connection
  other_server,
  other_node  ///< what is silent may be a node: its other servers would be as silent, after as long
};

struct fault_row {
  fault_kind kind;
  fault_side side;
  retry_class retry;
  retry_place place;
  upstream::retry_reason paid_as;  ///< in the service's retry budget
  std::uint16_t status;            ///< for the client; 0: nobody is left to answer
  bool detailed;                   ///< what fault::detail says is told with the reason
  const char* trouble;             ///< what the server is noted for; null: that was noted when it happened
  std::string_view reason;         ///< for the log
};

inline constexpr fault_row fault_rows[] = {
    {fault_kind::none, fault_side::none, retry_class::never, retry_place::other_server, upstream::retry_reason::nothing_sent, 0, false, nullptr, {}},
    {fault_kind::no_server, fault_side::waggle, retry_class::never, retry_place::other_server, upstream::retry_reason::nothing_sent, 503, false,
     nullptr, "no server"},
    {fault_kind::connect_failed, fault_side::server, retry_class::if_nothing_sent, retry_place::other_server, upstream::retry_reason::nothing_sent,
     502, true, nullptr, "no connection"},
    {fault_kind::connect_timeout, fault_side::server, retry_class::if_nothing_sent, retry_place::other_server, upstream::retry_reason::nothing_sent,
     504, false, "no answer in time", "no connection within the dial timeout"},
    {fault_kind::reused_closed, fault_side::server, retry_class::if_idempotent, retry_place::same_server, upstream::retry_reason::reused_ended, 502,
     false, "an answer that was cut or is no HTTP", "the server closed a kept connection as the request came, which may not be sent again"},
    {fault_kind::fresh_closed, fault_side::server, retry_class::if_idempotent_once, retry_place::other_server, upstream::retry_reason::unanswered,
     502, false, nullptr, "the server closed the connection without an answer"},
    {fault_kind::unacknowledged, fault_side::server, retry_class::if_idempotent, retry_place::other_node, upstream::retry_reason::nothing_sent, 502,
     false, nullptr, "the server's node acknowledged nothing"},
    {fault_kind::response_timeout, fault_side::server, retry_class::never, retry_place::other_server, upstream::retry_reason::unanswered, 504, false,
     "no answer in time", "no answer within the response timeout"},
    {fault_kind::bad_response, fault_side::server, retry_class::never, retry_place::other_server, upstream::retry_reason::unanswered, 502, true,
     "an answer that was cut or is no HTTP", "bad answer"},
    {fault_kind::response_too_large, fault_side::waggle, retry_class::never, retry_place::other_server, upstream::retry_reason::unanswered, 500,
     false, nullptr, "the answer's body is too large"},
    {fault_kind::request_too_large, fault_side::client, retry_class::never, retry_place::other_server, upstream::retry_reason::unanswered, 413, false,
     nullptr, "the request's body is too large"},
    {fault_kind::request_head_too_large, fault_side::waggle, retry_class::never, retry_place::other_server, upstream::retry_reason::unanswered, 431,
     false, nullptr, "the request's head is too large with the fields that are added to it"},
    {fault_kind::no_room, fault_side::waggle, retry_class::never, retry_place::other_server, upstream::retry_reason::unanswered, 503, false, nullptr,
     "no place to keep a body"},
    {fault_kind::bad_request_body, fault_side::client, retry_class::never, retry_place::other_server, upstream::retry_reason::unanswered, 400, false,
     nullptr, "the request's body is not framed as its head says"},
    {fault_kind::request_timeout, fault_side::client, retry_class::never, retry_place::other_server, upstream::retry_reason::unanswered, 408, false,
     nullptr, "the client does not send its body"},
    {fault_kind::client_gone, fault_side::client, retry_class::never, retry_place::other_server, upstream::retry_reason::unanswered, 0, false,
     nullptr, "the client is gone"},
};

constexpr const fault_row& row_of(fault_kind k) noexcept { return fault_rows[static_cast<std::size_t>(k)]; }

/// What failed; as a condition: whether anything did.
struct fault {
  fault_kind kind = fault_kind::none;
  const char* detail = "";  ///< more of it, for people: static text, or empty

  constexpr fault() noexcept = default;
  constexpr fault(fault_kind k, const char* more = "") noexcept : kind(k), detail(more) {}
  constexpr explicit operator bool() const noexcept { return kind != fault_kind::none; }
  constexpr bool operator==(fault_kind k) const noexcept { return kind == k; }

  constexpr const fault_row& row() const noexcept { return row_of(kind); }
  constexpr unsigned status() const noexcept { return row().status; }
  constexpr bool counts_against_server() const noexcept { return row().side == fault_side::server; }
  /// What the server is noted for; null: that was noted when it happened.
  constexpr const char* trouble() const noexcept { return row().trouble && row().detailed && *detail ? detail : row().trouble; }
};

/// A connection ended before the first byte of an answer. @param reused  it had been kept from an exchange before.
constexpr fault_kind closed_unanswered(bool reused) noexcept { return reused ? fault_kind::reused_closed : fault_kind::fresh_closed; }

}  // namespace waggle::proxy
