// One request and its answer: everything that must survive a suspension between reading the head and the last byte. Lives
// in the frame of session::serve; figures and views that do not outlive a suspension are not kept here. Tables, servers and
// connections change while it waits: it has values and leases of its own, no pointer into what another one holds.
#pragma once

#include "access/record.hpp"
#include "exchange/tried_servers.hpp"
#include "http1/chunked.hpp"
#include "http1/framing.hpp"
#include "http1/hops.hpp"
#include "io/arena.hpp"
#include "io/buffer_pool.hpp"
#include "io/gzip.hpp"
#include "io/pipe.hpp"
#include "io/spool.hpp"
#include "middleware/chain.hpp"
#include "middleware/passed_limits.hpp"
#include "session/reuse.hpp"
#include "upstream/endpoint.hpp"
#include "worker/table_use.hpp"
#include "worker/traffic.hpp"

#include <waggle/http/message.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waggle::proxy {

/// An answer that is kept back until it is complete.
struct held_answer {
  held_answer(std::uint64_t memory, io::spool::place place) : body(memory, std::move(place)) {}
  std::string head;
  io::spool body;
  std::uint64_t sent = 0;  ///< of head and body
};

struct exchange {
  // The request
  io::arena memory;  ///< of its head and of what was changed in it
  http::request request;
  bool to_head = false, to_get = false, idempotent = false, keep_alive = false, expect_continue = false;
  bool http10 = false;
  bool login = false;           ///< it authenticates the connection that it is sent on (NTLM, Negotiate)
  bool client_closes = false;   ///< it has said that this is its last request
  bool continued = false;       ///< it was told to go on with the body, as the server had not said so
  bool page_asked = false;      ///< an error page was fetched (or is): not for its own failure again
  bool secure = false;          ///< answer rules for TLS apply
  bool vary = false;            ///< the entry point compresses: answers differ by Accept-Encoding
  bool accepts_gzip = false;    ///< … and this client takes gzip
  bool holds_identity = false;  ///< … but asks after a copy that is not gzipped (If-None-Match)
  bool describes_gzip = false;  ///< the answer has no body, but GET would get it gzipped
  http1::hops hops;
  http1::framing body;  ///< of the request
  http1::chunk_decoder request_decoder;
  std::uint64_t request_left = 0;   ///< body bytes still to be read from the client (length framing)
  bool request_done = false;        ///< all of the body was read from the client
  bool upload_broken = false;       ///< the server takes no more of it; its answer may still come
  bool body_streamed = false;       ///< body bytes beyond `early_body` went out: the request cannot be repeated
  io::buffer early_body;            ///< body bytes that came along with the head: sent behind it, in each attempt
  io::buffer to_server;             ///< what a short write left over
  std::unique_ptr<io::spool> kept;  ///< the whole body, for backends with buffering; sent from here, as often as needed
  std::uint64_t kept_sent = 0;
  unsigned label_retries = 0;  ///< made because of the backend's retry expression
  io::pipe upload;             ///< large bodies: spliced
  io::time_ms started = 0, request_progress = 0;

  // What is told of it
  access::record* record = nullptr;  ///< null: no access log
  bool untold = false;               ///< the API's: neither logged nor counted, as in Traefik 1.7
  traffic_kind kind;
  open_request at_entry;                              ///< in the entry point's figures
  traffic_lease counted;                              ///< from begin_backend on; none: the number is another backend's by now
  unsigned retries = 0;                               ///< attempts after the first
  std::uint64_t request_bytes = 0, answer_bytes = 0;  ///< of the bodies, without their framing

  // Where it goes
  in_table<routing::frontend> route;  ///< of the table that the request began with
  in_table<routing::backend> to;      ///< of that one or, if the request has waited, of a newer one
  int wanted = -1;                    ///< server index that the sticky cookie leads to
  bool followed = false;              ///< … as the successor of the one that it names
  bool reissue = false;               ///< … but it should say so anew
  std::string awaited_slot;           ///< the cookie names one that left, and whose successor in this slot is not up; empty: no
  std::string stranger;               ///< value of a cookie that names a server which another replica may have seen start
  io::time_ms hold_until = 0;         ///< how long the request may wait for a server; 0: it has not waited
  bool refused = false;               ///< no server took the connection: only another one will do
  int chosen = -1;                    ///< server index of the attempt at hand
  bool set_cookie = false;
  std::string location;                                                         ///< where a redirect leads
  std::optional<middleware::local_answer> local;                                ///< a middleware answers instead of a server
  enum class phase : std::uint8_t { entry, frontend } at_phase = phase::entry;  ///< whose steps it goes through; frontend: it has a route
  std::size_t next_step = 0;                                                    ///< … of these
  const char* stopped_by = nullptr;                                             ///< chain_step::told_as of the one that did not let it pass
  std::shared_ptr<middleware::deferred_check> check;                            ///< has to agree before the request goes on
  middleware::passed_limits limits;                                             ///< of the route
  upstream::endpoint_lease endpoint;                                            ///< of the chosen server
  upstream::owned_connection up;
  unsigned attempts = 0;
  bool repeated = false;          ///< sent again after a new connection had ended without an answer: once is enough
  io::time_ms connect_until = 0;  ///< end of the dial timeout, which its attempts have together; 0: not begun
  tried_servers tried;

  // The answer
  enum class stage : std::uint8_t { head, body, held, done } at = stage::head;
  http1::framing answer;
  http1::chunk_decoder answer_decoder;
  std::uint64_t answer_left = 0;
  bool answer_chunked_out = false;
  io::gzip gzip;      ///< set: the body goes through it
  server_side reuse;  ///< of the attempt at hand: whether `up` may be used again
  bool any_answer_byte = false;
  bool head_sent = false;      ///< some byte of a final answer went to the client
  bool network_error = false;  ///< 502 or 504 because no server could be reached
  bool tunnel = false;         ///< 101 was relayed
  unsigned status = 0;
  unsigned interim = 0;  ///< interim answers that were not forgiven yet
  io::time_ms interim_from = 0;
  std::string announced;              ///< value of Trailer, if chunked trailers may follow
  std::string trailers;               ///< trailer lines as received, when some were announced
  io::buffer partial_head;            ///< of an answer head that came in pieces
  io::buffer to_client;               ///< what a short write left over
  std::unique_ptr<held_answer> held;  ///< for backends with buffering of answers
  io::pipe download;                  ///< large bodies: spliced
  io::time_ms answer_progress = 0;
  io::time_ms silence_due = 0;  ///< when to ask the kernel whether the server is there at all

  /// Everything of the request is with the server.
  bool upload_complete() const noexcept { return request_done && to_server.empty() && !upload_broken && (!kept || kept_sent == kept->size()); }
};

/// What is silent may be a node, not a server: others on it would be as silent, after as long.
inline void mark_node_tried(exchange& x, int server) {
  if (server < 0) return;
  const auto& servers = x.to->servers;
  const auto& node = servers[static_cast<std::size_t>(server)].origin.node_id;
  if (node.empty()) return;
  for (std::size_t i = 0; i < servers.size(); ++i)
    if (servers[i].origin.node_id == node) x.tried.mark(static_cast<int>(i));
}

}  // namespace waggle::proxy
