// gzip (RFC 1952) as a stream, and a worker's store of compressors: 256 KiB each, so they are counted, kept and shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

struct z_stream_s;

namespace waggle::proxy::io {

class gzip_pool;

/// A borrowed compressor for one body; goes back to its pool.
class gzip {
 public:
  gzip() noexcept = default;
  gzip(gzip&& o) noexcept : pool_(std::exchange(o.pool_, nullptr)), state_(std::exchange(o.state_, nullptr)) {}
  gzip& operator=(gzip&& o) noexcept {
    std::swap(pool_, o.pool_);
    std::swap(state_, o.state_);
    return *this;
  }
  ~gzip() { release(); }
  explicit operator bool() const noexcept { return state_ != nullptr; }
  void release() noexcept;

  enum class upto : std::uint8_t { whenever, now, end };  ///< how much must come out of what was put in
  /// Takes from `in` (and shortens it), writes at most `room` bytes. Call again while it fills the room.
  /// @return bytes written.
  std::size_t step(std::string_view& in, char* out, std::size_t room, upto how) noexcept;

 private:
  friend class gzip_pool;
  gzip_pool* pool_ = nullptr;
  z_stream_s* state_ = nullptr;
};

/// Thread: one worker's. Must outlive what it lent.
class gzip_pool {
 public:
  static constexpr std::size_t limit = 256, keep = 8;  ///< in use at once; kept when not
  gzip_pool() = default;
  ~gzip_pool();
  gzip_pool(const gzip_pool&) = delete;
  gzip_pool& operator=(const gzip_pool&) = delete;
  /// A fresh one, or an invalid one when `limit` are lent or there is no memory: then the body goes as it is.
  gzip take() noexcept;

 private:
  friend class gzip;
  std::size_t lent_ = 0;
  std::vector<z_stream_s*> idle_;
};

}  // namespace waggle::proxy::io
