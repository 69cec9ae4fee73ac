// An immutable text that many values share: eight bytes a copy. A swarm of 100,000 tasks names the same node, network and
// service again and again; as std::string each of these would be 80 bytes of its own.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace waggle::base {

/// Reads like a std::string_view that owns. Copies may be used by different threads.
class shared_text {
 public:
  shared_text() noexcept = default;
  shared_text(std::string_view text);
  shared_text(const std::string& text) : shared_text(std::string_view(text)) {}
  shared_text(const char* text) : shared_text(std::string_view(text)) {}
  shared_text(const shared_text& other) noexcept : rep_(other.rep_) {
    if (rep_ != nullptr) rep_->users.fetch_add(1, std::memory_order_relaxed);
  }
  shared_text(shared_text&& other) noexcept : rep_(std::exchange(other.rep_, nullptr)) {}
  shared_text& operator=(shared_text other) noexcept {
    std::swap(rep_, other.rep_);
    return *this;
  }
  ~shared_text() {
    if (rep_ != nullptr && rep_->users.fetch_sub(1, std::memory_order_acq_rel) == 1) free_rep(rep_);
  }

  std::string_view view() const noexcept { return rep_ == nullptr ? std::string_view() : std::string_view(rep_->text(), rep_->size); }
  operator std::string_view() const noexcept { return view(); }
  operator std::string() const { return str(); }
  std::string str() const { return std::string(view()); }
  bool empty() const noexcept { return rep_ == nullptr; }
  std::size_t size() const noexcept { return rep_ == nullptr ? 0 : rep_->size; }
  std::string substr(std::size_t from, std::size_t count = std::string_view::npos) const { return std::string(view().substr(from, count)); }
  /// Same place in memory: equal for sure (the reverse does not hold).
  const void* address() const noexcept { return rep_; }

  friend bool operator==(const shared_text& a, const shared_text& b) noexcept { return a.rep_ == b.rep_ || a.view() == b.view(); }
  friend bool operator==(const shared_text& a, std::string_view b) noexcept { return a.view() == b; }
  friend bool operator==(const shared_text& a, const std::string& b) noexcept { return a.view() == b; }
  friend bool operator==(const shared_text& a, const char* b) noexcept { return a.view() == b; }
  friend std::strong_ordering operator<=>(const shared_text& a, const shared_text& b) noexcept { return a.view() <=> b.view(); }
  friend std::strong_ordering operator<=>(const shared_text& a, std::string_view b) noexcept { return a.view() <=> b; }
  friend std::strong_ordering operator<=>(const shared_text& a, const std::string& b) noexcept { return a.view() <=> b; }
  friend std::string operator+(std::string a, const shared_text& b) { return std::move(a.append(b.view())); }
  friend std::string operator+(const shared_text& a, std::string_view b) { return a.str().append(b); }
  friend std::ostream& operator<<(std::ostream& out, const shared_text& t) { return out << t.view(); }

 private:
  struct rep {
    std::atomic<std::uint32_t> users;
    std::uint32_t size;
    const char* text() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  };
  static void free_rep(rep* r) noexcept;
  rep* rep_ = nullptr;  // null: the empty text
};

/// Gives equal texts out as one. Not thread-safe.
class text_pool {
 public:
  shared_text get(std::string_view text) {
    if (text.empty()) return {};
    if (const auto it = known_.find(text); it != known_.end()) return *it;
    return *known_.emplace(text).first;
  }

 private:
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view t) const noexcept { return std::hash<std::string_view>()(t); }
  };
  struct equal {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
  };
  std::unordered_set<shared_text, hash, equal> known_;
};

}  // namespace waggle::base
