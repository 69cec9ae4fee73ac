#include "http1/chunked.hpp"

#include "http1/chars.hpp"

namespace waggle::proxy::http1 {
namespace {

constexpr unsigned max_size_digits = 15;         // 2^60: no sum of ours can overflow
constexpr std::uint16_t max_line = 4096;         // one size line with its extensions
constexpr std::uint16_t max_extensions = 16384;  // all of a message (Go CVE-2023-39326)
constexpr std::uint16_t max_trailers = 8192;

}  // namespace

chunk_decoder::step chunk_decoder::next(std::string_view in) noexcept {
  std::size_t i = 0;
  const auto fail = [&]() -> step {
    at_ = place::bad;
    return {state::bad, i, {}};
  };
  // Behind a size. @return false: that is not how its line goes on.
  const auto size_ended = [&](char c) {
    if (c == ';') at_ = place::extension;
    else if (c == '\r') at_ = place::size_lf;
    else return false;
    return true;
  };
  if (at_ == place::done) return {state::done, 0, {}};
  for (; i < in.size(); ++i) {
    const char c = in[i];
    switch (at_) {
      case place::size_first:
      case place::size: {
        if (is(c, hex)) {
          const int value = hex_value(c);
          if (at_ == place::size_first) {
            left_ = 0;
            digits_ = 0;
            line_ = 0;
          }
          if (++line_ > max_line) return fail();
          if (digits_ > 0 || value != 0) ++digits_;
          if (digits_ > max_size_digits) return fail();
          left_ = left_ * 16 + static_cast<std::uint64_t>(value);
          at_ = place::size;
          break;
        }
        if (at_ == place::size_first) return fail();
        if (careless_ && (c == ' ' || c == '\t')) {  // some pad sizes to a fixed width
          if (++line_ > max_line) return fail();
          at_ = place::size_blank;
          break;
        }
        if (!size_ended(c)) return fail();  // blanks too: RFC 9112 §7.1.1 BWS is only before an extension
        break;
      }
      case place::size_blank:
        if (++line_ > max_line) return fail();
        if (c != ' ' && c != '\t' && !size_ended(c)) return fail();
        break;
      case place::extension:
      case place::extension_quoted:
      case place::extension_escape:
        if (++line_ > max_line || ++extensions_ > max_extensions) return fail();
        if (c == '\r' && at_ == place::extension) at_ = place::size_lf;
        else if (!is(c, value_char)) return fail();
        else if (at_ == place::extension_escape) at_ = place::extension_quoted;
        else if (c == '"') at_ = at_ == place::extension ? place::extension_quoted : place::extension;
        else if (c == '\\' && at_ == place::extension_quoted) at_ = place::extension_escape;
        break;
      case place::size_lf:
        if (c != '\n') return fail();
        at_ = left_ == 0 ? place::trailer_start : place::data;
        break;
      case place::data: {
        const std::size_t n = left_ < in.size() - i ? static_cast<std::size_t>(left_) : in.size() - i;
        left_ -= n;
        if (left_ == 0) at_ = place::data_cr;
        return {state::more, i + n, in.substr(i, n)};
      }
      case place::data_cr:
        if (c != '\r') return fail();
        at_ = place::data_lf;
        break;
      case place::data_lf:
        if (c != '\n') return fail();
        at_ = place::size_first;
        break;
      case place::trailer_start:
        if (c == '\r') {
          at_ = place::end_lf;
          break;
        }
        at_ = place::trailer_name;
        if (!is(c, tchar)) return fail();  // an obs-fold lands here, too
        [[fallthrough]];
      case place::trailer_name:
      case place::trailer_value:
        if (++trailer_bytes_ > max_trailers) return fail();
        if (at_ == place::trailer_name) {
          if (c == ':') at_ = place::trailer_value;
          else if (!is(c, tchar)) return fail();
        } else if (c == '\r') {
          at_ = place::trailer_lf;
        } else if (!is(c, value_char)) {
          return fail();
        }
        if (trailers_) trailers_->push_back(c);
        break;
      case place::trailer_lf:
        if (c != '\n') return fail();
        if (trailers_) trailers_->push_back(c);
        at_ = place::trailer_start;
        break;
      case place::end_lf:
        if (c != '\n') return fail();
        at_ = place::done;
        return {state::done, i + 1, {}};
      case place::done:
      case place::bad: return fail();
    }
  }
  return {at_ == place::bad ? state::bad : state::more, i, {}};
}

char* write_chunk_header_before(char* end, std::size_t size) noexcept {
  *--end = '\n';
  *--end = '\r';
  do {
    *--end = "0123456789abcdef"[size & 15];
    size >>= 4;
  } while (size != 0);
  return end;
}

}  // namespace waggle::proxy::http1
