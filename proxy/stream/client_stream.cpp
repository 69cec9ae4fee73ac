#include "stream/client_stream.hpp"

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

}  // namespace

std::pair<upstream::owned_connection, server_fate> client_stream::release(bool request_sent) noexcept {
  reuse_.request_sent = request_sent;
  if (on_) on_->bound = reuse_.bound;
  out_.release();
  partial_head_.release();
  any_byte_ = false;
  return {std::move(on_), fate_of(reuse_)};
}

fault client_stream::send_head(std::size_t head, std::string_view body, bool login) {
  reuse_ = {.bound = login || on_->bound};
  const char* const text = w_.scratch.output.data();
  io::io_result sent;
  if (body.empty()) {
    sent = on_->write(text, head);
  } else {
    iovec pieces[2] = {{const_cast<char*>(text), head}, {const_cast<char*>(body.data()), body.size()}};
    sent = on_->write(pieces);
  }
  if (sent.status == io::io_status::error) return closed_unanswered(on_->exchanges > 0);
  if (sent.bytes < head + body.size()) {
    const std::size_t of_head = std::min(sent.bytes, head);
    out_ = w_.buffers.take(head + body.size() - sent.bytes);
    out_.append({text + of_head, head - of_head});
    out_.append(body.substr(sent.bytes - of_head));
  }
  return {};
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

progress client_stream::flush() {
  const progress s = proxy::flush(*on_, out_, nullptr);
  if (s == progress::stopped) out_.release();
  return s;
}

step client_stream::read_head(std::span<char>& bytes) {
  bytes = {};
  if (!on_->is_ready(io::readable)) return progress::wait_read;
  char* const in = w_.scratch.in();
  // Bytes of a head that came in pieces are put in front again: every way on sees one contiguous head.
  std::size_t size = partial_head_.size();
  if (size > 0) std::memcpy(in, partial_head_.data(), size);
  const io::io_result r = on_->read(in + size, scratch::head_read);
  if (r.status == io::io_status::again) return progress::wait_read;
  if (r.status != io::io_status::ok) return note_ended();
  partial_head_.release();
  any_byte_ = true;
  // Only a line's end completes a head: one that comes byte by byte must not be parsed as often.
  line_ended_ = size < 64 || std::memchr(in + size, '\n', r.bytes) != nullptr;
  bytes = {in, size + r.bytes};
  return progress::moved;
}

step client_stream::next_head(std::span<char>& bytes) {
  const http1::parse_result parsed = line_ended_ ? http1::parse_answer(bytes, w_.scratch.response) : http1::parse_result{};
  if (parsed.state == http1::parse_state::bad) return bad_answer(parsed.reason);
  if (parsed.state == http1::parse_state::complete) {
    bytes = bytes.subspan(parsed.bytes);
    return progress::done;
  }
  if (bytes.size() >= w_.opts.limits.response_head_bytes) return bad_answer("head larger than --maxResponseHeaderBytes");
  partial_head_ = w_.buffers.take(bytes.size());
  partial_head_.append({bytes.data(), bytes.size()});
  return progress::moved;
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

void client_stream::begin_body(const http1::response_facts& facts, unsigned status) noexcept {
  if (facts.keeps_idle_s != 0) on_->to().idle_time.told(facts.keeps_idle_s);
  note_answer_head(reuse_, facts, status);
  body_ = facts.body;
  left_ = facts.body.length;
  decoder_ = {};
  decoder_.accept_careless();
}

progress client_stream::read_body(std::span<char>& bytes) {
  if (!on_->is_ready(io::readable)) return progress::wait_read;
  const io::io_result r = on_->read(w_.scratch.in(), scratch::read_size);
  if (r.status == io::io_status::again) return progress::wait_read;
  if (r.status != io::io_status::ok) {
    clean_end_ = r.status == io::io_status::eof;
    return progress::stopped;
  }
  bytes = {w_.scratch.in(), r.bytes};
  return progress::moved;
}

client_stream::decoded client_stream::decode(std::span<char> bytes) {
  decoded out;
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

void client_stream::note_spliced(std::size_t bytes) noexcept {
  left_ -= bytes;
  if (left_ == 0) reuse_.answer_ended = true;
}

fault client_stream::note_ended() noexcept {
  reuse_.persists = false;
  if (any_byte_) return bad_answer("connection that ended within the head");
  return closed_unanswered(on_->exchanges > 0);
}

}  // namespace waggle::proxy
