// May a connection be used again when an exchange is done with it? The one place that decides, for both sides, from what was
// seen go over it: never from how the exchange ended elsewhere (a page in place of the answer, a retry, a client that left).
// A connection on which framing said more or less than what was sent belongs to nobody else (RFC 9112 sections 6.3 and 9.2).
// Pure: facts in, fate out.
#pragma once

#include "http1/framing.hpp"

#include <cstddef>
#include <cstdint>

namespace waggle::proxy {

/// A connection to a server, as the attempt that used it leaves it. A new attempt begins with a new one of these.
struct server_side {
  bool persists = false;          ///< the answer's head allows another request, and its body has an end but the connection's
  bool answer_ended = false;      ///< all of a final answer was read, as its framing says
  bool unexpected_bytes = false;  ///< … and bytes behind it
  bool switched = false;          ///< 101: what goes over it is HTTP no more
  bool request_sent = false;      ///< all of the request, as its framing says
  bool bound = false;             ///< a login was made on it, or is being made (RFC 4559 section 6): it speaks for one client
};

enum class server_fate : std::uint8_t {
  close,
  disable_reuse,  ///< close it, and for a while use none of this server's connections twice: it sends what was not asked for
  pool,           ///< anybody's
  own             ///< kept for this client's connection alone
};

constexpr server_fate fate_of(const server_side& s) noexcept {
  if (s.unexpected_bytes) return server_fate::disable_reuse;
  if (!s.persists || !s.answer_ended || s.switched || !s.request_sent) return server_fate::close;
  return s.bound ? server_fate::own : server_fate::pool;
}

/// The head of a final answer was read.
constexpr void note_answer_head(server_side& s, const http1::response_facts& facts, unsigned status) noexcept {
  s.persists = facts.keep_alive && facts.body.kind != http1::body_kind::until_close;
  s.switched = status == 101;
  s.bound = s.bound || facts.login;
}

/// The answer is withheld: nothing more of it will be read than the `size` bytes that came with its head.
constexpr void note_withheld(server_side& s, const http1::framing& body, std::size_t size) noexcept {
  using http1::body_kind;
  const bool sized = body.kind == body_kind::none || body.kind == body_kind::length;
  const std::uint64_t wanted = body.kind == body_kind::length ? body.length : 0;
  s.answer_ended = sized && size >= wanted;
  s.unexpected_bytes = s.unexpected_bytes || (sized && size > wanted);
}

/// A client's connection, when the answer's head is composed. What is promised there may still be taken back by closing.
struct client_promise {
  bool asked = false;           ///< the request's head allows another one (version, Connection), and so does the listener
  bool delimited = true;        ///< the client can tell the answer's end without the connection's
  bool switched = false;        ///< 101
  bool body_held_back = false;  ///< it waits for a 100 that will not come, or not: its body may or may not follow
  bool request_read = true;     ///< all of the request was read
  bool server_closes = false;   ///< the server ends its connection with this answer
  bool body_streamed = false;   ///< body bytes went out to it
};

constexpr bool may_promise(const client_promise& c) noexcept {
  if (!c.asked || !c.delimited || c.switched || c.body_held_back) return false;
  // A server that closes while a body comes refuses the rest of it: so does waggle.
  return c.request_read || !c.server_closes || !c.body_streamed;
}

/// … and when the answer is out.
struct client_side {
  bool promised = false;          ///< the answer's head said so
  bool answer_complete = false;   ///< all of it is with the kernel, as its framing says
  bool request_read = false;      ///< to its end, wherever it went
  bool framing_in_doubt = false;  ///< the request could not be read: nobody knows where the next one begins
  bool draining = false;          ///< waggle is stopping
  bool said_last = false;         ///< its head said that no other request follows (Connection: close, HTTP/1.0)
  bool bytes_behind = false;      ///< something is there that will not be read: closing over it would reset the answer
};

enum class client_fate : std::uint8_t {
  keep,
  close,
  linger,  ///< end the own side, read on for a while: the answer must not be lost to a reset (RFC 9112 section 9.6)
  reset    ///< what was begun must look cut
};

constexpr client_fate fate_of(const client_side& c) noexcept {
  if (!c.answer_complete) return client_fate::reset;
  if (!c.request_read || c.framing_in_doubt) return client_fate::linger;
  if (c.promised && !c.draining) return client_fate::keep;
  // The next request may be on its way; read over, it would reset the answer. Only a client that said so sends no more.
  return c.said_last && !c.bytes_behind ? client_fate::close : client_fate::linger;
}

}  // namespace waggle::proxy
