// An arena of blocks from a worker's buffer pool. Not thread-safe.
#pragma once

#include "io/buffer_pool.hpp"

#include <waggle/http/arena.hpp>

#include <cstddef>
#include <vector>

namespace waggle::proxy::io {

class arena final : public http::arena {
 public:
  /// From now on there are `size` bytes in one block, and more as they are needed.
  void begin(buffer_pool& pool, std::size_t size) {
    pool_ = &pool;
    first_ = pool.take(size);
    set_block(first_.tail(), first_.room());
  }

 private:
  void grow(std::size_t n) override {
    more_.push_back(pool_->take(n));
    set_block(more_.back().tail(), more_.back().room());
  }
  buffer_pool* pool_ = nullptr;
  buffer first_;
  std::vector<buffer> more_;  ///< for what was set later than received, if that was much
};

}  // namespace waggle::proxy::io
