// Byte blocks for what must outlive a suspension: composed heads, remainders of short writes, partial heads. One pool per
// worker; blocks of three sizes, a bounded number kept. Not thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::proxy::io {

class buffer_pool;

/// An append-only block; its memory goes back to the pool with it.
class buffer {
 public:
  buffer() noexcept = default;
  buffer(buffer&& o) noexcept
      : pool_(o.pool_),
        data_(std::exchange(o.data_, nullptr)),
        capacity_(std::exchange(o.capacity_, 0)),
        begin_(std::exchange(o.begin_, 0)),
        end_(std::exchange(o.end_, 0)) {}
  buffer& operator=(buffer&& o) noexcept {
    if (this != &o) {
      release();
      pool_ = o.pool_;
      data_ = std::exchange(o.data_, nullptr);
      capacity_ = std::exchange(o.capacity_, 0);
      begin_ = std::exchange(o.begin_, 0);
      end_ = std::exchange(o.end_, 0);
    }
    return *this;
  }
  ~buffer() { release(); }

  explicit operator bool() const noexcept { return data_ != nullptr; }
  bool empty() const noexcept { return begin_ == end_; }
  std::size_t size() const noexcept { return end_ - begin_; }
  std::size_t room() const noexcept { return capacity_ - end_; }
  const char* data() const noexcept { return data_ + begin_; }
  char* tail() noexcept { return data_ + end_; }
  std::string_view view() const noexcept { return {data_ + begin_, end_ - begin_}; }
  /// Appends what fits. @return false, and nothing is appended, if it does not.
  bool append(std::string_view s) noexcept {
    if (s.size() > room()) return false;
    if (!s.empty()) std::memcpy(data_ + end_, s.data(), s.size());
    end_ += s.size();
    return true;
  }
  /// Puts `with` in the place of `size` bytes at `at`. @return false, and nothing changes, if there is no room.
  bool replace(std::size_t at, std::size_t size, std::string_view with) noexcept {
    if (with.size() > size && with.size() - size > room()) return false;
    char* const place = data_ + begin_ + at;
    std::memmove(place + with.size(), place + size, this->size() - at - size);
    if (!with.empty()) std::memcpy(place, with.data(), with.size());
    end_ = end_ + with.size() - size;
    return true;
  }
  void commit(std::size_t n) noexcept { end_ += n; }
  void consume(std::size_t n) noexcept { begin_ += n; }
  void clear() noexcept { begin_ = end_ = 0; }
  inline void release() noexcept;

 private:
  friend class buffer_pool;
  buffer_pool* pool_ = nullptr;
  char* data_ = nullptr;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

class buffer_pool {
 public:
  static constexpr std::size_t small = 2 * 1024, medium = 8 * 1024, large = 72 * 1024;

  buffer_pool() = default;
  buffer_pool(const buffer_pool&) = delete;
  buffer_pool& operator=(const buffer_pool&) = delete;

  /// A block with room for at least `size` bytes.
  buffer take(std::size_t size) {
    buffer b;
    b.pool_ = this;
    b.capacity_ = size <= small ? small : size <= medium ? medium : size <= large ? large : size;
    if (auto* kept = list_for(b.capacity_); kept && !kept->empty()) {
      b.data_ = kept->back().release();
      kept->pop_back();
    } else {
      b.data_ = new char[b.capacity_];
    }
    count_in(b.capacity_);
    return b;
  }
  /// Bytes in use now. Thread: any.
  std::size_t held() const noexcept { return held_.load(std::memory_order_relaxed); }
  /// For bytes that are kept elsewhere and count as well (spools).
  void count_in(std::size_t n) noexcept { held_.store(held() + n, std::memory_order_relaxed); }
  void count_out(std::size_t n) noexcept { held_.store(held() - n, std::memory_order_relaxed); }

 private:
  friend class buffer;
  using list = std::vector<std::unique_ptr<char[]>>;
  list* list_for(std::size_t capacity) noexcept {
    return capacity == small ? &small_ : capacity == medium ? &medium_ : capacity == large ? &large_ : nullptr;
  }
  void give_back(char* data, std::size_t capacity) noexcept {
    count_out(capacity);
    std::unique_ptr<char[]> block(data);
    list* const l = list_for(capacity);
    const std::size_t keep = capacity == large ? 16 : 256;
    if (!l || l->size() >= keep) return;
    if (l->capacity() == 0) {
      try {
        l->reserve(keep);
      } catch (...) {
        return;
      }
    }
    l->push_back(std::move(block));
  }
  list small_, medium_, large_;
  std::atomic<std::size_t> held_{0};  // written by the worker alone
};

inline void buffer::release() noexcept {
  if (data_) pool_->give_back(data_, capacity_);
  data_ = nullptr;
  capacity_ = begin_ = end_ = 0;
}

}  // namespace waggle::proxy::io
