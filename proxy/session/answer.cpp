// The answer: server → client. Head validated and written anew, body framed anew; a cut answer looks cut.
#include "session/session.hpp"

#include "http1/trailers.hpp"
#include "routing/error_pages.hpp"
#include "session/cut.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace waggle::proxy {
namespace {

constexpr unsigned max_interim = 32;       // at once
constexpr io::time_ms interim_pace = 500;  // … and one more each: a server may tell its progress as long as it works (102, 104)
constexpr const char* bad_chunks = "body that is not as Transfer-Encoding: chunked says";
constexpr const char* head_too_large = "head that is too large with the fields that are added to it";
/// An answer that cannot be passed on. @param what  for the log: static text that goes on after "an answer with a".
constexpr step bad_answer(const char* what) noexcept { return fault(fault_kind::bad_response, what); }

constexpr std::size_t copy_limit = 16 * 1024;  // a first body piece up to this is copied behind its head: one send

/// Counts an interim answer. @return false: they come faster than anybody has something to tell.
bool may_come(exchange& x, io::time_ms now) noexcept {
  const io::time_ms forgiven = x.interim == 0 ? 0 : (now - x.interim_from) / interim_pace;
  if (x.interim == 0 || forgiven >= x.interim) {
    x.interim = 0;
    x.interim_from = now;
  } else {
    x.interim -= static_cast<unsigned>(forgiven);
    x.interim_from += forgiven * interim_pace;
  }
  return ++x.interim <= max_interim;
}

}  // namespace

step session::step_answer(exchange& x) {
  if (!x.to_client.empty()) {
    const progress s = flush(client_, x.to_client);
    if (s == progress::stopped) return fault_kind::client_gone;
    if (s == progress::wait_write) return s;
    x.answer_progress = w_.loop.now();
    // What came last had been taken out of a pipe (give_back_pipes).
    if (x.at == exchange::stage::body && x.answer.kind == http1::body_kind::length && x.answer_left == 0 && !x.held && !x.gzip && !x.download)
      x.at = exchange::stage::done;
  }
  switch (x.at) {
    case exchange::stage::head: return read_answer_head(x);
    case exchange::stage::held: return send_held(x);
    case exchange::stage::done: return progress::done;
    case exchange::stage::body: break;
  }
  if (x.download || (!x.held && !x.gzip && x.answer.kind == http1::body_kind::length && x.answer_left >= scratch::splice_from)) {
    if (!x.download && x.up->may_splice() && client_.may_splice()) x.download = w_.take_pipe();
    if (x.download) return splice_answer(x);
  }
  if (!x.up->is_ready(io::readable)) return progress::wait_read;
  const io::io_result r = x.up->read(w_.scratch.in(), scratch::read_size);
  if (r.status == io::io_status::again) return progress::wait_read;
  if (r.status != io::io_status::ok) return answer_ended(x, r.status == io::io_status::eof);
  x.answer_progress = w_.loop.now();
  return answer_body(x, 0, w_.scratch.in(), r.bytes);
}

step session::splice_answer(exchange& x) {
  const io::pipe::progress p = x.download.move(*x.up, client_, x.answer_left);
  x.answer_left -= p.in;
  x.answer_bytes += p.in;
  w_.count.bytes_out.add(p.out);
  if (p.in + p.out > 0) x.answer_progress = w_.loop.now();
  switch (p.state) {
    case io::pipe::state::wait_read:
      if (x.answer_left > 0) return progress::wait_read;
      break;
    case io::pipe::state::wait_write: return progress::wait_write;
    case io::pipe::state::eof:
    case io::pipe::state::read_error: return answer_ended(x, false);
    case io::pipe::state::write_error: return fault_kind::client_gone;
    case io::pipe::state::moved: break;
  }
  if (x.answer_left == 0) x.reuse.answer_ended = true;
  if (x.answer_left > 0 || x.download.held() > 0) return progress::moved;
  x.at = exchange::stage::done;
  x.download.release();
  return progress::done;
}

step session::read_answer_head(exchange& x) {
  if (!x.up->is_ready(io::readable)) return progress::wait_read;
  char* const in = w_.scratch.in();
  // Bytes of a head that came in pieces are put in front again: every way on sees one contiguous head.
  std::size_t size = x.partial_head.size();
  if (size > 0) std::memcpy(in, x.partial_head.data(), size);
  const io::io_result r = x.up->read(in + size, scratch::head_read);
  if (r.status == io::io_status::again) return progress::wait_read;
  if (r.status != io::io_status::ok) return answer_ended(x, r.status == io::io_status::eof);
  x.partial_head.release();
  x.any_answer_byte = true;
  // Only a line's end completes a head: one that comes byte by byte must not be parsed as often.
  const bool line_ended = size < 64 || std::memchr(in + size, '\n', r.bytes) != nullptr;
  size += r.bytes;

  char* at = in;
  for (;;) {
    const http1::parse_result parsed = line_ended ? http1::parse_answer({at, size}, w_.scratch.response) : http1::parse_result{};
    if (parsed.state == http1::parse_state::bad) return bad_answer(parsed.reason);
    if (parsed.state == http1::parse_state::incomplete) {
      if (size >= w_.opts.limits.response_head_bytes) return bad_answer("head larger than --maxResponseHeaderBytes");
      if (size > 0) {
        x.partial_head = w_.buffers.take(size);
        x.partial_head.append({at, size});
      }
      return progress::moved;
    }
    x.answer_progress = w_.loop.now();  // not with each piece: a head that drips has the time of one head
    char* const rest = at + parsed.bytes;
    const std::size_t left = size - parsed.bytes;
    const unsigned status = w_.scratch.response.status;
    if (status >= 200 || status == 101) return answer_head_complete(x, rest, left);
    // Interim answers pass, but never to a 1.0 client (RFC 9110 §15.2).
    if (!may_come(x, w_.loop.now())) return bad_answer("too many interim (1xx) answers");
    if (status == 100 && x.expect_continue) {
      x.expect_continue = false;
      x.request_progress = w_.loop.now();
    }
    if (!x.http10 && !leaving_.gone && !(status == 100 && x.continued)) {
      const std::size_t head = compose_interim(w_.scratch.response);
      if (head == 0) return bad_answer(head_too_large);
      if (!send_to_client(x, head, nullptr, 0)) return fault_kind::client_gone;
    }
    at = rest;
    size = left;
    if (size == 0) return progress::moved;
  }
}

step session::answer_head_complete(exchange& x, char* payload, std::size_t size) {
  http1::response_facts facts;
  if (const http1::refusal bad = examine_response(w_.scratch.response, x.to_head, facts)) return bad_answer(bad.reason);
  const unsigned status = w_.scratch.response.status;
  if (facts.keeps_idle_s != 0) x.up->to().idle_time.told(facts.keeps_idle_s);
  if (status == 101) {
    if (!http1::asked_for(x.request.upgrade, facts.upgrade)) return bad_answer("switch to a protocol that was not asked for (101)");
    // What comes behind would be taken for the new protocol's, and is the request's (RFC 9110 §7.8).
    if (!x.upload_complete()) return bad_answer("switch of protocols (101) before the end of the request's body");
    x.tunnel = true;
  }
  x.status = status;
  note_answer_head(x.reuse, facts, status);
  if (x.record) w_.access->note_origin(*x.record, w_.scratch.response);
  if (x.route->chain.buffering && !x.tunnel && retry_wanted(x, status, status == 502 || status == 504)) {
    note_withheld(x.reuse, facts.body, size);
    return withheld::repeat;
  }
  if (!x.route->error_pages.empty() && !x.tunnel && page_for(*x.route, status)) {
    note_withheld(x.reuse, facts.body, size);
    return withheld::replace;
  }
  x.answer = facts.body;
  x.answer_decoder.accept_careless();
  x.answer_left = facts.body.length;
  const bool unknown_length = facts.body.kind == http1::body_kind::chunked || facts.body.kind == http1::body_kind::until_close;
  x.answer_chunked_out = unknown_length && !x.http10;
  if (x.answer_chunked_out && facts.body.kind == http1::body_kind::chunked && (facts.has_trailer || x.request.takes_trailers)) {
    for (std::size_t i = 0; i < w_.scratch.response.fields.size(); ++i) {
      if (w_.scratch.response.fields.id(i) != http::field_id::trailer) continue;
      if (!x.announced.empty()) x.announced += ", ";
      x.announced += w_.scratch.response.fields[i].value;
    }
    x.answer_decoder.keep_trailers(&x.trailers);
  }
  x.keep_alive = may_promise({.asked = x.keep_alive,
                              .delimited = !unknown_length || x.answer_chunked_out,
                              .switched = x.tunnel,
                              .body_held_back = x.expect_continue,
                              .request_read = x.request_done,
                              .server_closes = !facts.keep_alive,
                              .body_streamed = x.body_streamed});
  if (x.route->chain.buffering && x.route->chain.buffering->holds_answers() && !x.tunnel && x.answer.kind != http1::body_kind::none)
    return hold_answer(x, facts, payload, size);
  choose_encoding(x, {payload, size});
  const std::size_t head = compose_answer_head(x, facts);
  if (head == 0) return bad_answer(head_too_large);
  x.at = exchange::stage::body;
  if (x.tunnel) {
    x.at = exchange::stage::done;
    x.head_sent = must_reset_ = true;
    if (!send_to_client(x, head, payload, size)) return fault_kind::client_gone;
    return progress::moved;
  }
  return answer_body(x, head, payload, size);
}

/// Takes body bytes as the server framed them (with `prefix` bytes of head waiting in the output scratch) and sends them as
/// the client gets them. `payload` has room for a chunk header in front and 7 bytes behind.
step session::answer_body(exchange& x, std::size_t prefix, char* payload, std::size_t size) {
  std::size_t send = 0;
  bool ended = false, broken = false;
  const bool flush = size < scratch::read_size;  // all that was there
  switch (x.answer.kind) {
    case http1::body_kind::none:
      ended = true;
      x.reuse.surplus = size > 0;
      break;
    case http1::body_kind::length:
      send = static_cast<std::size_t>(std::min<std::uint64_t>(size, x.answer_left));
      x.answer_left -= send;
      ended = x.answer_left == 0;
      x.reuse.surplus = send < size;
      break;
    case http1::body_kind::until_close: send = size; break;
    case http1::body_kind::chunked: {
      std::size_t used = 0;
      while (used < size && !ended && !broken) {
        const auto s = x.answer_decoder.next({payload + used, size - used});
        if (!s.payload.empty()) std::memmove(payload + send, s.payload.data(), s.payload.size());
        send += s.payload.size();
        used += s.consumed;
        broken = s.state == http1::chunk_decoder::state::bad;
        ended = s.state == http1::chunk_decoder::state::done;
      }
      x.reuse.surplus = used < size && !broken;
      break;
    }
  }
  // In the first bytes of a body it is a 502 still: the head waits to be sent with them. Later, what came before it goes out.
  if (broken && (prefix > 0 || send == 0 || x.held)) return bad_answer(bad_chunks);
  x.reuse.answer_ended = ended;
  x.answer_bytes += send;
  if (prefix > 0) {
    x.head_sent = true;
    must_reset_ = !shows_cut(x.answer, x.answer_chunked_out);
  }
  if (x.held) return hold_body(x, {payload, send}, ended);
  if (x.gzip) {
    if (ended) x.at = exchange::stage::done;
    if (!send_gzipped(x, prefix, {payload, send}, flush, ended) || (ended && !send_trailers(x))) return fault_kind::client_gone;
    if (broken) return bad_answer(bad_chunks);
    return ended && x.to_client.empty() ? progress::done : progress::moved;
  }
  if (x.answer_chunked_out) {
    char* end = payload + send;
    if (send > 0) {
      payload = http1::write_chunk_header_before(payload, send);
      std::memcpy(end, "\r\n", 2);
      end += 2;
    }
    if (ended) {
      std::memcpy(end, "0\r\n\r\n", 5);
      end += x.trailers.empty() ? 5 : 3;  // without the empty line, if trailers follow
    }
    send = static_cast<std::size_t>(end - payload);
  }
  if (ended) x.at = exchange::stage::done;
  const bool sent = prefix + send == 0 || send_to_client(x, prefix, payload, send);
  if (!sent || (ended && !send_trailers(x))) return fault_kind::client_gone;
  if (broken) return bad_answer(bad_chunks);
  return ended && x.to_client.empty() ? progress::done : progress::moved;
}

/// Behind the last chunk. @return false: the client is gone.
bool session::send_trailers(exchange& x) {
  if (x.trailers.empty()) return true;
  const std::string lines =
      (x.request.takes_trailers ? http1::harmless_trailers(x.trailers) : http1::announced_trailers(x.trailers, x.announced)) + "\r\n";
  return send_to_client(x, 0, lines.data(), lines.size());
}

/// The server closed or reset the connection.
step session::answer_ended(exchange& x, bool cleanly) {
  x.reuse.persists = false;
  if (x.at == exchange::stage::head) {
    if (x.any_answer_byte) return bad_answer("connection that ended within the head");
    return closed_unanswered(x.up->exchanges > 0);
  }
  // Short of its length, or reset: the client must see that it is cut.
  if (!cleanly) return bad_answer("connection that was reset within the body");
  if (x.answer.kind != http1::body_kind::until_close) return bad_answer("connection that ended within the body");
  if (x.held) return hold_body(x, {}, true);
  x.at = exchange::stage::done;
  if (x.gzip ? !send_gzipped(x, 0, {}, true, true) : x.answer_chunked_out && !send_to_client(x, 0, "0\r\n\r\n", 5)) return fault_kind::client_gone;
  return x.to_client.empty() ? progress::done : progress::moved;
}

/// `prefix` bytes of the output scratch, then the payload; keeps what the socket does not take.
bool session::send_to_client(exchange& x, std::size_t prefix, const char* payload, std::size_t size) {
  char* out = w_.scratch.output.data();
  if (prefix > 0 && leaving_.ahead > 0) {  // a head, of which the first bytes are out
    const std::size_t out_already = take_ahead();
    out += out_already;
    prefix -= out_already;
  }
  const auto keep = [&](std::string_view s) {
    if (s.empty()) return;
    if (x.to_client.room() < s.size()) {
      io::buffer larger = w_.buffers.take(x.to_client.size() + s.size());
      larger.append(x.to_client.view());
      x.to_client = std::move(larger);
    }
    x.to_client.append(s);
  };
  if (!x.to_client.empty()) {
    keep({out, prefix});
    keep({payload, size});
    return true;
  }
  io::io_result r;
  if (prefix > 0 && size > 0 && size <= copy_limit) {
    std::memmove(out + prefix, payload, size);  // a gzipped payload is in the same scratch
    prefix += size;
    size = 0;
  }
  if (prefix > 0 && size > 0) {
    iovec pieces[2] = {{out, prefix}, {const_cast<char*>(payload), size}};
    r = client_.write(pieces);
  } else {
    r = prefix > 0 ? client_.write(out, prefix) : client_.write(payload, size);
  }
  if (r.status == io::io_status::error) return false;
  w_.count.bytes_out.add(r.bytes);
  if (r.bytes < prefix) {
    keep({out + r.bytes, prefix - r.bytes});
    keep({payload, size});
  } else if (r.bytes - prefix < size) {
    keep({payload + (r.bytes - prefix), size - (r.bytes - prefix)});
  }
  return true;
}

}  // namespace waggle::proxy
