#include "http1/chunked.hpp"

#include "http1/chars.hpp"

namespace waggle::proxy::http1 {
namespace {

constexpr unsigned max_size_digits = 15;         // 2^60: no sum of ours can overflow
constexpr std::uint16_t max_line = 4096;         // one size line with its extensions
constexpr std::uint16_t max_extensions = 16384;  // all of a message (Go CVE-2023-39326)
constexpr std::uint16_t max_trailers = 8192;

}  // namespace

inline bool chunk_decoder::take_size(char c) noexcept {
  if (at_ != place::size_blank && is(c, hex)) {
    const int value = hex_value(c);
    if (at_ == place::size_first) {
      left_ = 0;
      digits_ = 0;
      line_ = 0;
    }
    if (++line_ > max_line) return false;
    if (digits_ > 0 || value != 0) ++digits_;
    if (digits_ > max_size_digits) return false;
    left_ = left_ * 16 + static_cast<std::uint64_t>(value);
    at_ = place::size;
    return true;
  }
  if (at_ == place::size_first) return false;
  if (at_ == place::size_blank && ++line_ > max_line) return false;
  if (c == ' ' || c == '\t') {  // some pad sizes to a fixed width
    if (at_ == place::size_blank) return true;
    if (!careless_ || ++line_ > max_line) return false;  // RFC 9112 §7.1.1: BWS is only before an extension
    at_ = place::size_blank;
    return true;
  }
  if (c == ';') at_ = place::extension;
  else if (c == '\r') at_ = place::size_lf;
  else return false;
  return true;
}

bool chunk_decoder::take_extension(char c) noexcept {
  if (++line_ > max_line || ++extensions_ > max_extensions) return false;
  if (c == '\r' && at_ == place::extension) at_ = place::size_lf;
  else if (!is(c, value_char)) return false;
  else if (at_ == place::extension_escape) at_ = place::extension_quoted;
  else if (c == '"') at_ = at_ == place::extension ? place::extension_quoted : place::extension;
  else if (c == '\\' && at_ == place::extension_quoted) at_ = place::extension_escape;
  return true;
}

bool chunk_decoder::take_trailer(char c) {
  if (at_ == place::trailer_start) {
    if (c == '\r') {
      at_ = place::end_lf;
      return true;
    }
    at_ = place::trailer_name;
    if (!is(c, tchar)) return false;  // an obs-fold lands here, too
  }
  if (at_ == place::trailer_lf) {
    if (c != '\n') return false;
    at_ = place::trailer_start;
  } else {
    if (++trailer_bytes_ > max_trailers) return false;
    if (at_ == place::trailer_name) {
      if (c == ':') at_ = place::trailer_value;
      else if (!is(c, tchar)) return false;
    } else if (c == '\r') {
      at_ = place::trailer_lf;
    } else if (!is(c, value_char)) {
      return false;
    }
  }
  if (trailers_) trailers_->push_back(c);
  return true;
}

chunk_decoder::step chunk_decoder::next(std::string_view in) noexcept {
  if (at_ == place::done) return {state::done, 0, {}};
  for (std::size_t i = 0; i < in.size(); ++i) {
    const char c = in[i];
    bool lawful = true;
    switch (at_) {
      case place::size_first:
      case place::size:
      case place::size_blank: lawful = take_size(c); break;
      case place::extension:
      case place::extension_quoted:
      case place::extension_escape: lawful = take_extension(c); break;
      case place::size_lf:
        lawful = c == '\n';
        at_ = left_ == 0 ? place::trailer_start : place::data;
        break;
      case place::data: {
        const std::size_t n = left_ < in.size() - i ? static_cast<std::size_t>(left_) : in.size() - i;
        left_ -= n;
        if (left_ == 0) at_ = place::data_cr;
        return {state::more, i + n, in.substr(i, n)};
      }
      case place::data_cr:
        lawful = c == '\r';
        at_ = place::data_lf;
        break;
      case place::data_lf:
        lawful = c == '\n';
        at_ = place::size_first;
        break;
      case place::trailer_start:
      case place::trailer_name:
      case place::trailer_value:
      case place::trailer_lf: lawful = take_trailer(c); break;
      case place::end_lf:
        if (c != '\n') {
          lawful = false;
          break;
        }
        at_ = place::done;
        return {state::done, i + 1, {}};
      case place::done:
      case place::bad: lawful = false;
    }
    if (!lawful) {
      at_ = place::bad;
      return {state::bad, i, {}};
    }
  }
  return {at_ == place::bad ? state::bad : state::more, in.size(), {}};
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
