// The table of the moment with a plain count of who uses it: no atomic on the request path. A pointer into a table that must
// outlive a call is an in_table: it cannot be had without a use of the table that it points into.
#pragma once

#include "io/lease.hpp"
#include "routing/table.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace waggle::proxy {

class table_ref {
 public:
  explicit table_ref(std::shared_ptr<const routing::table> t) noexcept : table(std::move(t)) {}
  table_ref(const table_ref&) = delete;
  const std::shared_ptr<const routing::table> table;
  void retain() noexcept { ++users_; }
  void release() noexcept {
    if (--users_ == 0) delete this;
  }

 private:
  ~table_ref() = default;  // by its last user
  std::uint32_t users_ = 0;
};

/// A frontend or backend, with a use of its table.
template <class T>
class in_table {
 public:
  in_table() noexcept = default;
  /// @param at  in the table of `use`.
  in_table(table_ref* use, const T* at) noexcept : use_(use), at_(at) {}
  in_table(in_table&& o) noexcept : use_(std::move(o.use_)), at_(std::exchange(o.at_, nullptr)) {}
  in_table& operator=(in_table&& o) noexcept {
    at_ = std::exchange(o.at_, nullptr);
    use_ = std::move(o.use_);
    return *this;
  }
  const table_ref* use() const noexcept { return use_.get(); }
  const T* get() const noexcept { return at_; }
  const T& operator*() const noexcept { return *at_; }
  const T* operator->() const noexcept { return at_; }
  explicit operator bool() const noexcept { return at_ != nullptr; }

 private:
  io::lease<table_ref> use_;
  const T* at_ = nullptr;
};

}  // namespace waggle::proxy
