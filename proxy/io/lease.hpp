// One use of something that counts its users in plain numbers (T::retain, T::release): given back when the lease goes, on
// every way out, an exception's too. Whoever keeps a pointer across a suspension keeps a lease of what it points into.
#pragma once

#include <utility>

namespace waggle::proxy::io {

/// Move only. Thread: its worker's.
template <class T>
class lease {
 public:
  lease() noexcept = default;
  explicit lease(T* of) noexcept : of_(of) {
    if (of_) of_->retain();
  }
  lease(lease&& o) noexcept : of_(std::exchange(o.of_, nullptr)) {}
  lease& operator=(lease&& o) noexcept {
    if (this != &o) {
      T* const before = std::exchange(of_, std::exchange(o.of_, nullptr));
      if (before) before->release();
    }
    return *this;
  }
  ~lease() {
    if (of_) of_->release();
  }
  void reset() noexcept {
    if (T* const before = std::exchange(of_, nullptr)) before->release();
  }
  T* get() const noexcept { return of_; }
  T& operator*() const noexcept { return *of_; }
  T* operator->() const noexcept { return of_; }
  explicit operator bool() const noexcept { return of_ != nullptr; }

 private:
  T* of_ = nullptr;
};

}  // namespace waggle::proxy::io
