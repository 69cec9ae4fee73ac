// Writes the members of a JSON line; knows which of Traefik's fields were dropped or redacted.
#pragma once

#include "access/fields.hpp"
#include "access/layout.hpp"
#include "access/line.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace waggle::proxy::access {

class members {
 public:
  members(line& out, const layout& how) noexcept : out_(out), how_(how) {}

  void text(field f, std::string_view value) {
    const field_mode mode = mode_of(f);
    if (char* at = mode == field_mode::keep && value.size() <= longest_value ? out_.room(value.size() + padded_text::block + 4) : nullptr) {
      at = begin(at, f);  // all at once, as nearly always
      *at++ = '"';
      if ((at = copy_plain(at, value)) != nullptr) {
        *at++ = '"';
        *at++ = ',';
        return out_.took(at);
      }
    }
    text(f, value, {});
  }
  /// Two parts of one text.
  void text(field f, std::string_view first, std::string_view second) {
    if (!name(f)) return;
    out_ << '"';
    out_.json(first).json(second) << "\",";
  }
  void number(field f, std::int64_t n) {
    char* at = mode_of(f) == field_mode::keep ? out_.room(padded_text::block + 24) : nullptr;
    if (at == nullptr) {
      if (name(f)) out_.number(n) << ',';
      return;
    }
    at = begin(at, f);
    at = std::to_chars(at, at + 21, n).ptr;
    *at++ = ',';
    out_.took(at);
  }
  template <class Write>
  void raw(field f, Write&& write) {
    if (!name(f)) return;
    write();
    out_ << ',';
  }

 private:
  field_mode mode_of(field f) const noexcept { return how_.mode[static_cast<std::size_t>(f)]; }
  static char* begin(char* at, field f) noexcept {
    const padded_text& member = member_of(f);
    std::memcpy(at, member.text, padded_text::block);
    return at + member.size;
  }
  /// @return false: nothing more of this field is to be written.
  bool name(field f) {
    const field_mode mode = mode_of(f);
    if (mode == field_mode::drop) return false;
    out_ << member_of(f);
    if (mode == field_mode::keep) return true;
    out_ << "\"REDACTED\",";
    return false;
  }
  line& out_;
  const layout& how_;
};

}  // namespace waggle::proxy::access
