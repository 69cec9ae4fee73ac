// Bytes → request or response head: requests strictly by RFC 9112, answers as careless servers write them where there is one way
// only to read them. No I/O, no allocation: views into the caller's buffer. What the fields mean together (framing, Host,
// Connection) is decided in framing.hpp.
#pragma once

#include <waggle/http/field.hpp>
#include <waggle/http/field_id.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace waggle::proxy::http1 {

using http::classify;
using http::field_id;

inline constexpr std::size_t max_fields = 1024;  ///< that a list can hold; how many it takes is field_list::limit
inline constexpr std::size_t default_request_fields = 128, default_answer_fields = 1'000;
inline constexpr std::size_t max_request_line = 64 * 1024;      ///< that there is room for; how long it may be is request_head::line_limit
inline constexpr std::size_t default_request_line = 16 * 1024;  ///< RFC 9112 §3 asks for at least 8000; above: 414

/// Field lines in the order received.
class field_list {
 public:
  std::size_t size() const noexcept { return count_; }
  void clear() noexcept {
    count_ = 0;
    seen_ = 0;
  }
  bool push(http::field f, field_id id) noexcept {
    if (count_ == limit) return false;
    f.id = id;
    seen_ |= bit(id);
    fields_[count_++] = f;
    return true;
  }
  /// Named by Connection: it goes no further.
  void mark_this_hop(std::size_t i) noexcept { fields_[i].origin = http::field_origin::this_hop; }
  const http::field& operator[](std::size_t i) const noexcept { return fields_[i]; }
  field_id id(std::size_t i) const noexcept { return fields_[i].id; }
  const http::field* begin() const noexcept { return fields_; }
  const http::field* end() const noexcept { return fields_ + count_; }
  http::field_span all() const noexcept { return {fields_, count_}; }

  /// There is a line of one of these.
  template <class... Id>
  bool has(Id... ids) const noexcept {
    return (seen_ & (bit(ids) | ...)) != 0;
  }

  std::size_t limit = default_request_fields;  ///< at most max_fields

 private:
  static constexpr std::uint64_t bit(field_id id) noexcept { return std::uint64_t{1} << static_cast<unsigned>(id); }
  std::size_t count_ = 0;
  std::uint64_t seen_ = 0;  ///< bits of field_id
  http::field fields_[max_fields];
};

struct request_head {
  std::string_view method, target;
  unsigned minor = 1;                             ///< 0 for HTTP/1.0; 1 for 1.1 and above (RFC 9110 §2.5)
  std::size_t line_limit = default_request_line;  ///< of method and target together; at most max_request_line
  field_list fields;
};

struct response_head {
  response_head() noexcept { fields.limit = default_answer_fields; }
  unsigned status = 0;
  unsigned minor = 1;
  std::string_view reason;
  field_list fields;
};

enum class parse_state : std::uint8_t { complete, incomplete, bad };

struct parse_result {
  parse_state state = parse_state::incomplete;
  std::size_t bytes = 0;    ///< complete: length of the head with its last CRLF (and empty lines before it); incomplete: of the empty
                            ///< lines, if nothing else is there
  unsigned status = 0;      ///< bad request: what to answer (400, 414, 431, 505)
  const char* reason = "";  ///< bad: for the log; static text
};

/// @param bytes  everything received so far; at most two empty lines before the request line are skipped (RFC 9112 §2.2).
/// Says `bad` as soon as a complete line is wrong. Bare CR or LF, obs-fold, blanks before a colon: bad.
parse_result parse_request(std::string_view bytes, request_head& out) noexcept;

/// The same for a response; `status` of the result is always 502 when bad. A bare LF ends a line, blanks before a colon are dropped.
parse_result parse_response(std::string_view bytes, response_head& out) noexcept;

/// The same, with folded lines put together in place, as RFC 9112 §5.2 wants it of who passes an answer on.
parse_result parse_answer(std::span<char> bytes, response_head& out) noexcept;

/// Blanks in the place of each line end within the head that continues a field line. @return false: there is none.
bool unfold(std::span<char> bytes) noexcept;

}  // namespace waggle::proxy::http1
