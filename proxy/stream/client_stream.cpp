#include "stream/client_stream.hpp"

#include "http1/compose_request.hpp"
#include "stream/chunks.hpp"
#include "stream/flush.hpp"

#include <algorithm>
#include <cstring>

#include <sys/uio.h>

namespace waggle::proxy {
namespace {

constexpr unsigned most_interim = 32;      // at once
constexpr io::time_ms interim_pace = 500;  // … and one more each: a server may tell its progress as long as it works (102, 104)

/// An answer that cannot be passed on. @param what  for the log: static text that goes on after "an answer with a".
constexpr fault bad_answer(const char* what) noexcept { return fault(fault_kind::bad_response, what); }

constexpr http::body_kind kind_of(http1::body_kind k) noexcept {
  return k == http1::body_kind::none ? http::body_kind::none : k == http1::body_kind::length ? http::body_kind::sized : http::body_kind::streamed;
}

}  // namespace

std::pair<upstream::owned_connection, server_fate> client_stream::release(bool request_sent) noexcept {
  reuse_.request_sent = request_sent;
  if (on_) on_->bound = reuse_.bound;
  out_.release();
  partial_head_.release();
  any_byte_ = false;
  return {std::move(on_), fate_of(reuse_)};
}

fault client_stream::send_request(const http::request& r, const http::next_hop& to, std::string_view early, bool login) {
  const std::size_t head = http1::compose_request(r, to, w_.scratch.output);
  if (head == 0) return fault_kind::request_head_too_large;
  reuse_ = {.bound = login || on_->bound};
  here_ = {};
  upgrade_ = r.upgrade;
  to_head_ = r.method == "HEAD";
  in_chunks_ = r.body == http::body_kind::streamed;
  const char* const text = w_.scratch.output.data();
  io::io_result sent;
  if (early.empty()) {
    sent = on_->write(text, head);
  } else {
    iovec pieces[2] = {{const_cast<char*>(text), head}, {const_cast<char*>(early.data()), early.size()}};
    sent = on_->write(pieces);
  }
  if (sent.status == io::io_status::error) return closed_unanswered(on_->exchanges > 0);
  if (sent.bytes < head + early.size()) {
    const std::size_t of_head = std::min(sent.bytes, head);
    out_ = w_.buffers.take(head + early.size() - sent.bytes);
    out_.append({text + of_head, head - of_head});
    out_.append(early.substr(sent.bytes - of_head));
  }
  return {};
}

bool client_stream::send_body(const body_piece& piece) {
  if (!in_chunks_) return send(piece.data, piece.size);
  const std::string_view framed = frame_chunk(piece.data, piece.size, piece.ended ? chunk_end::whole : chunk_end::none);
  return send(framed.data(), framed.size());
}

bool client_stream::send(const char* data, std::size_t size) {
  const io::io_result r = on_->write(data, size);
  if (r.status == io::io_status::error) return false;
  if (r.bytes < size) {
    out_ = w_.buffers.take(size - r.bytes);
    out_.append({data + r.bytes, size - r.bytes});
  }
  return true;
}

progress client_stream::send_kept(const io::spool& body, std::uint64_t& sent) {
  if (!on_->is_ready(io::writable)) return progress::wait_write;
  const io::io_result r = body.send(*on_, sent);
  if (r.status == io::io_status::error) return progress::stopped;
  sent += r.bytes;
  return sent == body.size() ? progress::done : r.bytes > 0 ? progress::moved : progress::wait_write;
}

progress client_stream::flush() {
  const progress s = proxy::flush(*on_, out_, nullptr);
  if (s == progress::stopped) out_.release();
  return s;
}

/// Bytes of a head that came in pieces are put in front again: every way on sees one contiguous head.
/// @return nothing, and what is here; it may be nothing as well.
fault client_stream::read() {
  char* const in = w_.scratch.in();
  const std::size_t size = partial_head_.size();
  if (size > 0) std::memcpy(in, partial_head_.data(), size);
  const io::io_result r = on_->read(in + size, scratch::head_read);
  if (r.status == io::io_status::again) return {};
  if (r.status != io::io_status::ok) {
    reuse_.persists = false;
    if (any_byte_) return bad_answer("connection that ended within the head");
    return closed_unanswered(on_->exchanges > 0);
  }
  partial_head_.release();
  any_byte_ = true;
  // Only a line's end completes a head: one that comes byte by byte must not be parsed as often.
  line_ended_ = size < 64 || std::memchr(in + size, '\n', r.bytes) != nullptr;
  here_ = {in, size + r.bytes};
  return {};
}

step client_stream::read_head(http::answer& out) {
  if (here_.empty()) {
    if (!on_->is_ready(io::readable)) return progress::wait_read;
    if (const fault why = read()) return why;
    if (here_.empty()) return progress::wait_read;
  }
  const http1::parse_result parsed = line_ended_ ? http1::parse_answer(here_, w_.scratch.response) : http1::parse_result{};
  if (parsed.state == http1::parse_state::bad) return bad_answer(parsed.reason);
  if (parsed.state == http1::parse_state::complete) {
    here_ = here_.subspan(parsed.bytes);
    return examine(out);
  }
  if (here_.size() >= w_.opts.limits.response_head_bytes) return bad_answer("head larger than --maxResponseHeaderBytes");
  partial_head_ = w_.buffers.take(here_.size());
  partial_head_.append({here_.data(), here_.size()});
  here_ = {};
  return progress::moved;
}

/// A head as a value; of a final one also what follows it.
step client_stream::examine(http::answer& out) {
  http1::response_head& head = w_.scratch.response;
  out.status = head.status;
  out.reason = head.reason;
  out.fields = head.fields.all();
  if (!out.is_last()) return progress::done;
  http1::response_facts facts;
  if (const http1::refusal bad = examine_response(head, to_head_, facts)) return bad_answer(bad.reason);
  if (head.status == 101 && !http1::asked_for(upgrade_, facts.upgrade)) return bad_answer("switch to a protocol that was not asked for (101)");
  out.body = kind_of(facts.body.kind);
  out.body_length = facts.body.length;
  out.upgrade = facts.upgrade;
  out.may_have_trailers = facts.body.kind == http1::body_kind::chunked;
  out.announces_trailers = facts.has_trailer;
  out.server_closes = !facts.keep_alive;
  if (facts.keeps_idle_s != 0) on_->to().idle_time.told(facts.keeps_idle_s);
  note_answer_head(reuse_, facts, head.status);
  body_ = facts.body;
  left_ = facts.body.length;
  decoder_ = {};
  decoder_.accept_careless();
  return progress::done;
}

bool client_stream::may_inform(io::time_ms now) noexcept {
  const io::time_ms forgiven = interim_ == 0 ? 0 : (now - interim_from_) / interim_pace;
  if (interim_ == 0 || forgiven >= interim_) {
    interim_ = 0;
    interim_from_ = now;
  } else {
    interim_ -= static_cast<unsigned>(forgiven);
    interim_from_ += forgiven * interim_pace;
  }
  return ++interim_ <= most_interim;
}

bool client_stream::body_is_below(std::size_t size) const noexcept {
  switch (body_.kind) {
    case http1::body_kind::none: return true;
    case http1::body_kind::length: return body_.length < size;
    case http1::body_kind::chunked: return here_.size() < size && std::string_view(here_.data(), here_.size()).ends_with("\r\n0\r\n\r\n");
    case http1::body_kind::until_close: break;
  }
  return false;
}

step client_stream::read_body(body_piece& out) {
  if (!on_->is_ready(io::readable)) return progress::wait_read;
  const io::io_result r = on_->read(w_.scratch.in(), scratch::read_size);
  if (r.status == io::io_status::again) return progress::wait_read;
  if (r.status == io::io_status::ok) {
    out = decode({w_.scratch.in(), r.bytes});
    return progress::moved;
  }
  // Short of its length, or reset: the client must see that it is cut.
  if (r.status != io::io_status::eof) return bad_answer("connection that was reset within the body");
  if (body_.kind != http1::body_kind::until_close) return bad_answer("connection that ended within the body");
  out = {.data = w_.scratch.in(), .ended = true};
  return progress::moved;
}

/// Takes the framing off; payload is moved to the front.
body_piece client_stream::decode(std::span<char> bytes) {
  body_piece out{.data = bytes.data(), .more_here = bytes.size() >= scratch::read_size};
  switch (body_.kind) {
    case http1::body_kind::none:
      out.ended = true;
      reuse_.unexpected_bytes = !bytes.empty();
      break;
    case http1::body_kind::length:
      out.size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_));
      left_ -= out.size;
      out.ended = left_ == 0;
      reuse_.unexpected_bytes = out.size < bytes.size();
      break;
    case http1::body_kind::until_close: out.size = bytes.size(); break;
    case http1::body_kind::chunked: {
      std::size_t used = 0;
      while (used < bytes.size() && !out.ended && !out.broken) {
        const auto s = decoder_.next({bytes.data() + used, bytes.size() - used});
        if (!s.payload.empty()) std::memmove(bytes.data() + out.size, s.payload.data(), s.payload.size());
        out.size += s.payload.size();
        used += s.consumed;
        out.broken = s.state == http1::chunk_decoder::state::bad;
        out.ended = s.state == http1::chunk_decoder::state::done;
      }
      reuse_.unexpected_bytes = used < bytes.size() && !out.broken;
      break;
    }
  }
  reuse_.answer_ended = out.ended;
  return out;
}

}  // namespace waggle::proxy
