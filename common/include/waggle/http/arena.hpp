// Memory for the bytes of one message: taken in order, given back all at once. Where it comes from is the owner's business.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace waggle::http {

class arena {
 public:
  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;

  /// Room for `n` bytes.
  char* take(std::size_t n) {
    if (room() < n) grow(n);
    char* const out = at_;
    at_ += n;
    return out;
  }
  /// Room for `n` values, which nobody destroys.
  template <class T>
  T* take_array(std::size_t n) {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    const std::size_t to_skip = -reinterpret_cast<std::uintptr_t>(at_) & (alignof(T) - 1), size = n * sizeof(T);
    if (room() < to_skip + size) grow(size);  // a new block is aligned for everything
    else at_ += to_skip;
    return reinterpret_cast<T*>(take(size));
  }
  /// A copy of `s` that lasts as long as the arena.
  std::string_view keep(std::string_view s) {
    if (s.empty()) return {};
    char* const to = take(s.size());
    std::memcpy(to, s.data(), s.size());
    return {to, s.size()};
  }

 protected:
  arena() = default;
  ~arena() = default;
  /// What is taken next comes from here.
  void set_block(char* at, std::size_t size) noexcept {
    at_ = at;
    end_ = at + size;
  }

 private:
  /// Sets a block of at least `n` bytes, aligned for everything. What was taken before stays.
  virtual void grow(std::size_t n) = 0;
  std::size_t room() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  char *at_ = nullptr, *end_ = nullptr;
};

/// On the heap: for what is not done for every request.
class heap_arena final : public arena {
 private:
  void grow(std::size_t n) override {
    const std::size_t size = std::max<std::size_t>(n, 1024);
    blocks_.push_back(std::make_unique<char[]>(size));
    set_block(blocks_.back().get(), size);
  }
  std::vector<std::unique_ptr<char[]>> blocks_;
};

}  // namespace waggle::http
