// JSON text → the fields of one object type, in one pass and without building anything else. It follows the place in the
// document as a dotted path of keys ("Status.ContainerStatus"; array elements share the path of their array) and hands
// scalars to the object under construction. The Engine's own keys hold no dots; keys of maps such as labels may, and are only
// ever read as the last part. Containers that are not interesting are passed over: of these only strings and brackets are
// looked at.
#pragma once

#include "docker/json_text.hpp"

#include <waggle/base/shared_text.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::discovery {

/// @tparam Fields  what is done with what is found: on_text, on_number, on_flag, on_object, wants (see api_codec.cpp).
template <class Object, class Fields>
class json_reader {
 public:
  json_reader(std::string_view text, Object& out, base::text_pool& pool)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()), out_(out), pool_(pool) {}

  bool read() {
    if (!value(0)) return false;
    blanks();
    return at_ == end_ || fail("something after the value");
  }
  std::string error;

 private:
  static constexpr int deepest = 64;

  bool fail(const char* what) {
    if (error.empty()) error = "not JSON at byte " + std::to_string(at_ - begin_) + ": " + what;
    return false;
  }
  void blanks() noexcept {
    while (at_ != end_ && json_text::blank(*at_)) ++at_;
  }
  bool take(char c, const char* what) {
    blanks();
    if (at_ == end_ || *at_ != c) return fail(what);
    ++at_;
    return true;
  }

  // `at_` is on the opening quote.
  bool string(std::string& room, std::string_view& out) {
    const char* const from = ++at_;
    for (;;) {
      at_ = json_text::string_stop(at_, end_);
      if (at_ == end_) return fail("a string without its end");
      if (*at_ == '"') break;
      if (*at_ != '\\') return fail("a control character in a string");
      at_ += end_ - at_ > 1 ? 2 : 1;
    }
    const std::string_view raw(from, static_cast<std::size_t>(at_ - from));
    ++at_;
    return json_text::decode_string(raw, room, out) || fail("a bad escape");
  }

  bool word(std::string_view w) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, w.size()) != w) return fail("no value");
    at_ += w.size();
    return true;
  }

  bool digits() noexcept {
    const char* const from = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != from;
  }
  bool digits_or_fail() { return digits() || fail("a number without digits"); }

  // RFC 8259 section 6. Only whole numbers from 0 on are handed over: nothing we read is anything else.
  bool a_number() {
    const char* const from = at_;
    const bool negative = *at_ == '-';
    if (negative) ++at_;
    const bool zero = at_ != end_ && *at_ == '0';
    if (zero) ++at_;
    else if (!digits_or_fail()) return false;
    bool whole = !negative;
    if (at_ != end_ && *at_ == '.') {
      whole = false;
      ++at_;
      if (!digits_or_fail()) return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      whole = false;
      if (++at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits_or_fail()) return false;
    }
    std::uint64_t n = 0;
    if (whole && std::from_chars(from, at_, n).ec == std::errc()) Fields::on_number(out_, path_, key_, n);
    return true;
  }

  bool container(int depth) {
    if (depth == deepest) return fail("nested too deeply");
    const bool map = *at_++ == '{';
    const std::size_t mark = path_.size();
    if (depth > 0 && !key_.empty()) {
      if (!path_.empty()) path_ += '.';
      path_ += key_;
      if (!Fields::wants(out_, path_)) {
        path_.resize(mark);
        const char* const behind = json_text::container_end(at_, end_);
        if (behind == nullptr) return fail("a container without its end");
        at_ = behind;
        return true;
      }
    }
    if (map && depth > 0) Fields::on_object(out_, path_);
    const bool good = map ? members(depth) : elements(depth);
    path_.resize(mark);
    return good;
  }

  bool members(int depth) {
    blanks();
    if (at_ != end_ && *at_ == '}') return ++at_, true;
    for (;;) {
      blanks();
      if (at_ == end_ || *at_ != '"') return fail("no key");
      std::string_view name;
      if (!string(key_room_, name)) return false;
      key_.assign(name);
      if (!take(':', "no colon") || !value(depth + 1)) return false;
      blanks();
      if (at_ == end_) return fail("an object without its end");
      const char c = *at_++;
      if (c == '}') return true;
      if (c != ',') return --at_, fail("no comma");
    }
  }

  bool elements(int depth) {
    blanks();
    if (at_ != end_ && *at_ == ']') return ++at_, true;
    for (;;) {
      key_.clear();
      if (!value(depth + 1)) return false;
      blanks();
      if (at_ == end_) return fail("an array without its end");
      const char c = *at_++;
      if (c == ']') return true;
      if (c != ',') return --at_, fail("no comma");
    }
  }

  bool value(int depth) {
    blanks();
    if (at_ == end_) return fail("no value");
    switch (*at_) {
      case '{':
      case '[':
        return container(depth);
      case '"': {
        std::string_view said;
        if (!string(room_, said)) return false;
        Fields::on_text(out_, path_, key_, said, pool_);
        return true;
      }
      case 't':
        if (!word("true")) return false;
        Fields::on_flag(out_, path_, key_, true);
        return true;
      case 'f':
        if (!word("false")) return false;
        Fields::on_flag(out_, path_, key_, false);
        return true;
      case 'n':
        return word("null");
      default:
        if (*at_ != '-' && (*at_ < '0' || *at_ > '9')) return fail("no value");
        return a_number();
    }
  }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  Object& out_;
  base::text_pool& pool_;
  std::string path_, key_, key_room_, room_;
};

}  // namespace waggle::discovery
