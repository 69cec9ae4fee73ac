#include "stream/request_body.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace waggle::proxy {

void request_body::begin(const http1::framing& framing, bool held_back) noexcept {
  framing_ = framing;
  left_ = framing.length;
  read_ = framing.kind == http1::body_kind::none || (is_sized() && framing.length == 0);
  held_back_ = held_back;
}

step request_body::read(body_piece& out) {
  char* const data = w_.scratch.in();
  std::size_t size = 0;
  const bool chunked = !is_sized();
  const std::size_t most = chunked ? scratch::read_size : static_cast<std::size_t>(std::min<std::uint64_t>(left_, scratch::read_size));
  std::string_view got;
  const bool from_kept = !in_.empty();
  if (from_kept) {
    got = in_.view().substr(0, most);
  } else {
    if (!from_.is_ready(io::readable)) return progress::wait_read;
    const io::io_result r = from_.read(w_.scratch.in(), most);
    if (r.status == io::io_status::again) return progress::wait_read;
    if (r.status != io::io_status::ok) return fault_kind::client_gone;  // the server must not take what it has for the whole
    w_.count.bytes_in.add(r.bytes);
    got = {w_.scratch.in(), r.bytes};
  }
  watch_.note_byte();
  std::size_t used = 0;
  if (!chunked) {
    if (from_kept) std::memcpy(data, got.data(), got.size());
    used = size = got.size();
    left_ -= size;
    read_ = left_ == 0;
  } else {
    while (used < got.size()) {
      const auto s = decoder_.next(got.substr(used));
      if (!s.payload.empty()) std::memmove(data + size, s.payload.data(), s.payload.size());
      size += s.payload.size();
      used += s.consumed;
      if (s.state == http1::chunk_decoder::state::bad) return fault_kind::bad_request_body;
      if (s.state == http1::chunk_decoder::state::done) {
        read_ = true;
        break;
      }
    }
  }
  bytes_ += size;
  if (from_kept) {
    in_.consume(used);
    if (in_.empty()) in_.release();
  } else if (used < got.size()) {
    in_ = w_.buffers.take(got.size() - used);
    in_.append(got.substr(used));
  }
  out = {.data = data, .size = size, .ended = read_};
  return progress::moved;
}

io::pipe::progress request_body::splice(io::pipe& through, io::stream& to) {
  const io::pipe::progress p = through.move(from_, to, left_);
  left_ -= p.in;
  bytes_ += p.in;
  w_.count.bytes_in.add(p.in);
  if (p.in > 0) watch_.note_byte();
  if (left_ == 0 && through.held() == 0) read_ = true;
  return p;
}

io::buffer request_body::take_early() {
  io::buffer early;
  if (read_ || held_back_ || in_.empty() || !is_sized()) return early;
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
  bytes_ += n;
  read_ = left_ == 0;
  return early;
}

}  // namespace waggle::proxy
