#include "exchange/upload.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace waggle::proxy {

void upload::give_back_pipe(client_stream& to) { to.take_from(pipe_); }

step upload::splice(client_stream& to) {
  const io::pipe::progress p = from_.body.splice(pipe_, to.connection());
  if (p.in > 0) streamed_ = true;
  if (p.in + p.out > 0) progress_ = w_.loop.now();
  switch (p.state) {
    case io::pipe::state::wait_read:
      if (from_.body.left() > 0) return progress::wait_read;
      break;
    case io::pipe::state::wait_write: return progress::wait_write;
    case io::pipe::state::eof:
    case io::pipe::state::read_error: return fault_kind::client_gone;
    case io::pipe::state::write_error:
      broken_ = true;
      pipe_.release();
      return progress::done;
    case io::pipe::state::moved: break;
  }
  if (!from_.body.is_read()) return progress::moved;
  pipe_.release();
  return progress::done;
}

step upload::advance(client_stream& to) {
  if (broken_) return progress::done;
  if (!to.all_sent()) {
    const progress s = to.flush();
    if (s == progress::stopped) {
      broken_ = true;  // it may have answered before it stopped reading
      return progress::done;
    }
    if (s == progress::wait_write) return s;
    progress_ = w_.loop.now();
    if (!pipe_) from_.body.end_spliced();
  }
  if (kept_) return send_kept(to);
  if (from_.body.is_read() || from_.body.is_held_back()) return progress::done;

  const bool sized = from_.body.is_sized();
  if (pipe_ || (sized && from_.body.left() >= scratch::splice_from && !from_.body.is_in_memory())) {
    if (!pipe_ && from_.socket.may_splice() && to.connection().may_splice()) pipe_ = w_.take_pipe();
    if (pipe_) return splice(to);
  }
  char* data = nullptr;
  std::size_t size = 0;
  if (const step s = from_.body.read(data, size); s != progress::moved) return s;
  if (!sized) {
    char* end = data + size;
    if (size > 0) {
      std::memcpy(end, "\r\n", 2);
      end += 2;
      data = http1::write_chunk_header_before(data, size);
    }
    if (from_.body.is_read()) {
      std::memcpy(end, "0\r\n\r\n", 5);
      end += 5;
    }
    size = static_cast<std::size_t>(end - data);
  }
  if (size == 0) return progress::moved;
  streamed_ = true;
  if (!to.send(data, size)) {
    broken_ = true;
    return progress::done;
  }
  return progress::moved;
}

step upload::send_kept(client_stream& to) {
  if (kept_sent_ == kept_->size()) return progress::done;
  if (!to.connection().is_ready(io::writable)) return progress::wait_write;
  const io::io_result r = kept_->send(to.connection(), kept_sent_);
  if (r.status == io::io_status::error) {
    broken_ = true;  // it may have answered before it stopped reading
    return progress::done;
  }
  kept_sent_ += r.bytes;
  if (r.bytes > 0) progress_ = w_.loop.now();
  return kept_sent_ == kept_->size() ? progress::done : r.bytes > 0 ? progress::moved : progress::wait_write;
}

}  // namespace waggle::proxy
