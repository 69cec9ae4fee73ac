#include "stream/client_output.hpp"

#include "stream/flush.hpp"

#include <cstring>
#include <utility>

#include <sys/uio.h>

namespace waggle::proxy {
namespace {

constexpr std::size_t copy_limit = 16 * 1024;  // a first body piece up to this is copied behind its head: one send

}  // namespace

void client_output::keep(std::string_view bytes) {
  if (bytes.empty()) return;
  if (left_.room() < bytes.size()) {
    io::buffer larger = w_.buffers.take(left_.size() + bytes.size());
    larger.append(left_.view());
    left_ = std::move(larger);
  }
  left_.append(bytes);
}

bool client_output::send(std::size_t head, const char* payload, std::size_t size) {
  char* out = w_.scratch.output.data();
  if (head > 0 && ahead_ > 0) {  // of which the first bytes are out
    const std::size_t out_already = take_ahead();
    out += out_already;
    head -= out_already;
  }
  if (!left_.empty()) {
    keep({out, head});
    keep({payload, size});
    return true;
  }
  io::io_result r;
  if (head > 0 && size > 0 && size <= copy_limit) {
    std::memmove(out + head, payload, size);  // a gzipped payload is in the same scratch
    head += size;
    size = 0;
  }
  if (head > 0 && size > 0) {
    iovec pieces[2] = {{out, head}, {const_cast<char*>(payload), size}};
    r = to_.write(pieces);
  } else {
    r = head > 0 ? to_.write(out, head) : to_.write(payload, size);
  }
  if (r.status == io::io_status::error) return false;
  w_.count.bytes_out.add(r.bytes);
  if (r.bytes < head) {
    keep({out + r.bytes, head - r.bytes});
    keep({payload, size});
  } else if (r.bytes - head < size) {
    keep({payload + (r.bytes - head), size - (r.bytes - head)});
  }
  return true;
}

progress client_output::flush() { return flush(left_); }

progress client_output::flush(io::buffer& from) { return proxy::flush(to_, from, &w_.count.bytes_out); }

std::size_t client_output::take_ahead() noexcept { return std::exchange(ahead_, std::uint8_t{0}); }

void client_output::probe() noexcept {
  if (speaking_ || !left_.empty() || !to_.is_ready(io::writable)) return;
  if (!head_sent_) {
    if (ahead_ == opening.size()) return;
    if (to_.write(&opening[ahead_], 1).status == io::io_status::ok) ++ahead_;
    return;
  }
  if (!chunks_open_ || zeros_ == most_zeros) return;
  if (to_.write("0", 1).status == io::io_status::ok) ++zeros_;
}

}  // namespace waggle::proxy
