// A list of values that copies share until one is written to, and whose elements they share beyond that: a configuration of 10,000
// services that differs from the last in one service costs one service, lists of it that did not change cost a pointer, and comparing
// the two compares pointers.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace waggle::model {

/// Behaves like std::vector<T>. An element that is shared is copied when somebody takes a non-const reference to it; such a reference,
/// and a non-const iterator, must not be written through after the list was copied.
template <class T>
class parts {
  using slot = std::shared_ptr<T>;

  template <bool Const>
  class iterator_of {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using reference = std::conditional_t<Const, const T&, T&>;
    using pointer = std::conditional_t<Const, const T*, T*>;
    using place = std::conditional_t<Const, const slot*, slot*>;

    iterator_of() = default;
    explicit iterator_of(place at) : at_(at) {}
    operator iterator_of<true>() const { return iterator_of<true>(at_); }
    reference operator*() const {
      if constexpr (Const) return **at_;
      else return own(*at_);
    }
    pointer operator->() const { return &**this; }
    reference operator[](difference_type n) const { return *(*this + n); }
    iterator_of& operator+=(difference_type n) {
      at_ += n;
      return *this;
    }
    iterator_of& operator-=(difference_type n) {
      at_ -= n;
      return *this;
    }
    iterator_of& operator++() {
      ++at_;
      return *this;
    }
    iterator_of& operator--() {
      --at_;
      return *this;
    }
    iterator_of operator++(int) { return iterator_of(at_++); }
    iterator_of operator--(int) { return iterator_of(at_--); }
    friend iterator_of operator+(iterator_of i, difference_type n) { return i += n; }
    friend iterator_of operator+(difference_type n, iterator_of i) { return i += n; }
    friend iterator_of operator-(iterator_of i, difference_type n) { return i -= n; }
    friend difference_type operator-(iterator_of a, iterator_of b) { return a.at_ - b.at_; }
    friend bool operator==(iterator_of a, iterator_of b) { return a.at_ == b.at_; }
    friend auto operator<=>(iterator_of a, iterator_of b) { return a.at_ <=> b.at_; }

   private:
    place at_ = nullptr;
  };

 public:
  using value_type = T;
  using iterator = iterator_of<false>;
  using const_iterator = iterator_of<true>;

  parts() = default;
  parts(std::initializer_list<T> list) {
    for (const T& v : list) push_back(v);
  }
  parts(std::vector<T> list) {
    reserve(list.size());
    for (T& v : list) push_back(std::move(v));
  }

  std::size_t size() const noexcept { return slots_ ? slots_->size() : 0; }
  bool empty() const noexcept { return size() == 0; }
  void reserve(std::size_t n) { mine().reserve(n); }
  void clear() noexcept { slots_.reset(); }
  void push_back(T value) { mine().push_back(std::make_shared<T>(std::move(value))); }
  template <class... Args>
  T& emplace_back(Args&&... args) {
    return *mine().emplace_back(std::make_shared<T>(std::forward<Args>(args)...));
  }
  /// Takes an element that others may hold as well.
  void share(std::shared_ptr<const T> value) { mine().push_back(std::const_pointer_cast<T>(std::move(value))); }
  /// Puts such an element in the place of another.
  void replace(std::size_t i, std::shared_ptr<const T> value) { mine()[i] = std::const_pointer_cast<T>(std::move(value)); }
  /// The element, to be held beyond the list's life.
  std::shared_ptr<const T> held(std::size_t i) const { return (*slots_)[i]; }

  const T& operator[](std::size_t i) const { return *(*slots_)[i]; }
  T& operator[](std::size_t i) { return own(mine()[i]); }
  const T& front() const { return *slots_->front(); }
  T& front() { return own(mine().front()); }
  const T& back() const { return *slots_->back(); }
  T& back() { return own(mine().back()); }
  const_iterator begin() const noexcept { return const_iterator(slots_ ? slots_->data() : nullptr); }
  const_iterator end() const noexcept { return const_iterator(slots_ ? slots_->data() + slots_->size() : nullptr); }
  iterator begin() { return iterator(mine().data()); }
  iterator end() { return iterator(mine().data() + size()); }

  /// @param less  of two elements; moves pointers, never elements.
  template <class Less>
  void sort(Less less) {
    if (empty()) return;
    std::sort(mine().begin(), mine().end(), [&](const slot& a, const slot& b) { return less(std::as_const(*a), std::as_const(*b)); });
  }

  friend bool operator==(const parts& a, const parts& b) {
    if (a.slots_ == b.slots_) return true;
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (const slot& x = (*a.slots_)[i], &y = (*b.slots_)[i]; x != y && !(std::as_const(*x) == std::as_const(*y))) return false;
    return true;
  }

 private:
  static T& own(slot& s) {
    if (s.use_count() > 1) s = std::make_shared<T>(std::as_const(*s));
    return *s;
  }
  /// The list, to be written to.
  std::vector<slot>& mine() {
    if (!slots_) slots_ = std::make_shared<std::vector<slot>>();
    else if (slots_.use_count() > 1) slots_ = std::make_shared<std::vector<slot>>(*slots_);
    return *slots_;
  }
  std::shared_ptr<std::vector<slot>> slots_;  ///< null: empty
};

}  // namespace waggle::model
