#include "io/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <new>

namespace waggle::proxy::io {
namespace {

// Level 4 takes two thirds of the time of zlib's default 6 for 2 % larger pages; the worker has others to serve.
constexpr int level = 4, window_bits = 15, gzip_header = 16, memory_level = 8;

void destroy(z_stream_s* s) noexcept {
  deflateEnd(s);
  delete s;
}

}  // namespace

std::size_t gzip::step(std::string_view& in, char* out, std::size_t room, upto how) noexcept {
  z_stream_s& z = *state_;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // zlib's older interface; it only reads
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out);
  z.avail_out = static_cast<uInt>(room);
  // Z_BUF_ERROR (nothing to do) is the only other outcome of these arguments, and no error.
  deflate(&z, how == upto::end ? Z_FINISH : how == upto::now ? Z_SYNC_FLUSH : Z_NO_FLUSH);
  in.remove_prefix(in.size() - z.avail_in);
  return room - z.avail_out;
}

void gzip::release() noexcept {
  if (!state_) return;
  z_stream_s* const s = std::exchange(state_, nullptr);
  --pool_->lent_;
  if (pool_->idle_.size() < gzip_pool::keep) pool_->idle_.push_back(s);  // reserved: cannot throw
  else destroy(s);
}

gzip gzip_pool::take() noexcept {
  gzip out;
  if (lent_ >= limit) return out;
  if (!idle_.empty()) {
    out.state_ = idle_.back();
    idle_.pop_back();
    deflateReset(out.state_);
  } else {
    try {
      idle_.reserve(keep);
      auto fresh = std::make_unique<z_stream_s>();
      if (deflateInit2(fresh.get(), level, Z_DEFLATED, window_bits + gzip_header, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) return out;
      out.state_ = fresh.release();
    } catch (const std::bad_alloc&) {
      return out;
    }
  }
  out.pool_ = this;
  ++lent_;
  return out;
}

gzip_pool::~gzip_pool() {
  for (z_stream_s* const s : idle_) destroy(s);
}

}  // namespace waggle::proxy::io
