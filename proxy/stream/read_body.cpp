// A request's body as the client sends it: decoded, its framing checked.
#include "stream/server_stream.hpp"

#include "worker/client_wait.hpp"

#include <algorithm>
#include <cstring>

namespace waggle::proxy {
namespace {

constexpr std::size_t drain_limit = 64 * 1024;
constexpr io::time_ms drain_time = 1'000;

}  // namespace

/// What follows the body stays in in_.
step server_stream::read_body(char*& data, std::size_t& size) {
  data = w_.scratch.in();
  size = 0;
  const bool chunked = body_.kind == http1::body_kind::chunked;
  const std::size_t most = chunked ? scratch::read_size : static_cast<std::size_t>(std::min<std::uint64_t>(left_, scratch::read_size));
  std::string_view got;
  const bool from_kept = !in_.empty();
  if (from_kept) {
    got = in_.view().substr(0, most);
  } else {
    if (!socket.is_ready(io::readable)) return progress::wait_read;
    const io::io_result r = socket.read(w_.scratch.in(), most);
    if (r.status == io::io_status::again) return progress::wait_read;
    if (r.status != io::io_status::ok) return fault_kind::client_gone;  // the server must not take what it has for the whole
    w_.count.bytes_in.add(r.bytes);
    got = {w_.scratch.in(), r.bytes};
  }
  watch.note_byte();
  std::size_t used = 0;
  if (!chunked) {
    if (from_kept) std::memcpy(data, got.data(), got.size());
    used = size = got.size();
    left_ -= size;
    body_read_ = left_ == 0;
  } else {
    while (used < got.size()) {
      const auto s = decoder_.next(got.substr(used));
      if (!s.payload.empty()) std::memmove(data + size, s.payload.data(), s.payload.size());
      size += s.payload.size();
      used += s.consumed;
      if (s.state == http1::chunk_decoder::state::bad) return fault_kind::bad_request_body;
      if (s.state == http1::chunk_decoder::state::done) {
        body_read_ = true;
        break;
      }
    }
  }
  read_ += size;
  if (from_kept) {
    in_.consume(used);
    if (in_.empty()) in_.release();
  } else if (used < got.size()) {
    in_ = w_.buffers.take(got.size() - used);
    in_.append(got.substr(used));
  }
  return progress::moved;
}

io::pipe::progress server_stream::splice_body(io::pipe& through, io::stream& to) {
  const io::pipe::progress p = through.move(socket, to, left_);
  left_ -= p.in;
  read_ += p.in;
  w_.count.bytes_in.add(p.in);
  if (p.in > 0) watch.note_byte();
  if (left_ == 0 && through.held() == 0) body_read_ = true;
  return p;
}

io::buffer server_stream::take_early_body() {
  io::buffer early;
  if (body_read_ || held_back_ || in_.empty() || body_.kind != http1::body_kind::length) return early;
  // A chunked body is framed anew as it is read; small ones are sent right behind the head.
  const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in_.size()));
  if (n == in_.size()) {
    early = std::move(in_);
  } else {  // the next request is behind it
    early = w_.buffers.take(n);
    early.append(in_.view().substr(0, n));
    in_.consume(n);
  }
  left_ -= n;
  read_ += n;
  body_read_ = left_ == 0;
  return early;
}

/// Within 64 KiB and a second.
io::task<bool> server_stream::drain() {
  if (!keep_alive_ || held_back_) co_return false;
  if (body_.kind == http1::body_kind::length && left_ == 0) co_return true;  // read, if not all sent on
  const io::time_ms due = w_.loop.now() + drain_time;
  std::size_t total = 0;
  while (!body_read_ && total <= drain_limit) {
    char* data = nullptr;
    std::size_t size = 0;
    const step s = read_body(data, size);
    if (s.stopped()) co_return false;
    total += size;
    if (s != progress::wait_read) continue;
    const client_wait here(w_, owner_, wait_kind::dawdling);
    const bool ready = co_await waiter.wait(socket, io::readable | io::broken, due);
    if (!ready || owner_.is_retired()) co_return false;
  }
  co_return body_read_;
}

}  // namespace waggle::proxy
