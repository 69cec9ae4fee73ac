// Request body: client → server, decoded and framed anew.
#include "session/session.hpp"

#include <algorithm>
#include <cstring>

namespace waggle::proxy {
namespace {

constexpr std::size_t drain_limit = 64 * 1024;
constexpr io::time_ms drain_time = 1'000;

}  // namespace

/// Body bytes, without their framing, into the input scratch (room for a chunk header in front and CRLF behind). Sets
/// request_done with the last ones. What follows the body stays in in_.
step session::next_body_bytes(exchange& x, char*& data, std::size_t& size) {
  data = w_.scratch.in();
  size = 0;
  const bool chunked = x.body.kind == http1::body_kind::chunked;
  const std::size_t most = chunked ? scratch::read_size : static_cast<std::size_t>(std::min<std::uint64_t>(x.request_left, scratch::read_size));
  std::string_view got;
  const bool from_kept = !in_.empty();
  if (from_kept) {
    got = in_.view().substr(0, most);
  } else {
    if (!client_.is_ready(io::readable)) return progress::wait_read;
    const io::io_result r = client_.read(w_.scratch.in(), most);
    if (r.status == io::io_status::again) return progress::wait_read;
    if (r.status != io::io_status::ok) {
      return fault_kind::client_gone;  // the server must not take what it has for the whole
    }
    w_.count.bytes_in.add(r.bytes);
    got = {w_.scratch.in(), r.bytes};
  }
  x.request_progress = leaving_.last_byte = w_.loop.now();
  std::size_t used = 0;
  if (!chunked) {
    if (from_kept) std::memcpy(data, got.data(), got.size());
    used = size = got.size();
    x.request_left -= size;
    x.request_done = x.request_left == 0;
  } else {
    while (used < got.size()) {
      const auto s = x.request_decoder.next(got.substr(used));
      if (!s.payload.empty()) std::memmove(data + size, s.payload.data(), s.payload.size());
      size += s.payload.size();
      used += s.consumed;
      if (s.state == http1::chunk_decoder::state::bad) return fault_kind::bad_request_body;
      if (s.state == http1::chunk_decoder::state::done) {
        x.request_done = true;
        break;
      }
    }
  }
  x.request_bytes += size;
  if (from_kept) {
    in_.consume(used);
    if (in_.empty()) in_.release();
  } else if (used < got.size()) {
    in_ = w_.buffers.take(got.size() - used);
    in_.append(got.substr(used));
  }
  return progress::moved;
}

step session::splice_request(exchange& x) {
  const io::pipe::progress p = x.upload.move(client_, *x.up, x.request_left);
  x.request_left -= p.in;
  x.request_bytes += p.in;
  w_.count.bytes_in.add(p.in);
  if (p.in > 0) {
    x.body_streamed = true;
    leaving_.last_byte = w_.loop.now();
  }
  if (p.in + p.out > 0) x.request_progress = w_.loop.now();
  switch (p.state) {
    case io::pipe::state::wait_read:
      if (x.request_left > 0) return progress::wait_read;
      break;
    case io::pipe::state::wait_write: return progress::wait_write;
    case io::pipe::state::eof:
    case io::pipe::state::read_error: return fault_kind::client_gone;
    case io::pipe::state::write_error:
      x.upload_broken = true;
      x.upload.release();
      return progress::done;
    case io::pipe::state::moved: break;
  }
  if (x.request_left > 0 || x.upload.held() > 0) return progress::moved;
  x.request_done = true;
  x.upload.release();
  return progress::done;
}

step session::step_request(exchange& x) {
  if (x.upload_broken) return progress::done;
  if (!x.to_server.empty()) {
    const progress s = flush(*x.up, x.to_server);
    if (s == progress::stopped) {
      x.upload_broken = true;  // it may have answered before it stopped reading
      x.to_server.release();
      return progress::done;
    }
    if (s == progress::wait_write) return s;
    x.request_progress = w_.loop.now();
    // What came last had been taken out of a pipe (give_back_pipes).
    if (x.body.kind == http1::body_kind::length && x.request_left == 0 && !x.upload) x.request_done = true;
  }
  if (x.kept) return step_kept(x);
  if (x.request_done || x.expect_continue) return progress::done;

  if (x.upload || (x.body.kind == http1::body_kind::length && x.request_left >= scratch::splice_from && in_.empty())) {
    if (!x.upload && x.up->may_splice() && client_.may_splice()) x.upload = w_.take_pipe();
    if (x.upload) return splice_request(x);
  }
  char* data = nullptr;
  std::size_t size = 0;
  if (const step s = next_body_bytes(x, data, size); s != progress::moved) return s;
  if (x.body.kind == http1::body_kind::chunked) {
    char* end = data + size;
    if (size > 0) {
      std::memcpy(end, "\r\n", 2);
      end += 2;
      data = http1::write_chunk_header_before(data, size);
    }
    if (x.request_done) {
      std::memcpy(end, "0\r\n\r\n", 5);
      end += 5;
    }
    size = static_cast<std::size_t>(end - data);
  }
  if (size == 0) return progress::moved;
  x.body_streamed = true;
  const io::io_result r = x.up->write(data, size);
  if (r.status == io::io_status::error) {
    x.upload_broken = true;
    return progress::done;
  }
  if (r.bytes < size) {
    x.to_server = w_.buffers.take(size - r.bytes);
    x.to_server.append({data + r.bytes, size - r.bytes});
  }
  return progress::moved;
}

/// The answer is out but the request is not in: reads on for a moment, so that the connection can be kept.
/// @return true if the request's end was reached within 64 KiB and a second.
io::task<bool> session::drain_request(exchange& x) {
  if (!x.keep_alive || x.expect_continue) co_return false;
  if (x.body.kind == http1::body_kind::length && x.request_left == 0) co_return true;  // read, if not all sent on
  const io::time_ms due = w_.loop.now() + drain_time;
  std::size_t total = 0;
  while (!x.request_done && total <= drain_limit) {
    char* data = nullptr;
    std::size_t size = 0;
    const step s = next_body_bytes(x, data, size);
    if (s.stopped()) co_return false;
    total += size;
    if (s != progress::wait_read) continue;
    const waiting here(*this, wait_kind::dawdling);
    const bool ready = co_await waiter_.wait(client_, io::readable | io::broken, due);
    if (!ready || retired_) co_return false;
  }
  co_return x.request_done;
}

}  // namespace waggle::proxy
