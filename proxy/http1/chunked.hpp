// The chunked coding (RFC 9112 §7.1), decoded with bounds: strictly, or as careless servers write it. No I/O, no allocation;
// extensions are dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::proxy::http1 {

class chunk_decoder {
 public:
  enum class state : std::uint8_t { more, done, bad };
  struct step {
    chunk_decoder::state state = state::more;
    std::size_t consumed = 0;  ///< bytes of the input used up
    std::string_view payload;  ///< body bytes among them (views into the input); may be empty
  };

  /// Takes the next piece. Call again with the rest while something was consumed and state is `more`.
  step next(std::string_view in) noexcept;
  bool done() const noexcept { return at_ == place::done; }

  /// For answers: blanks behind a size pass, as with nginx, HAProxy and Go. Sizes still say where data ends, and what is sent on is
  /// framed anew, so no two readers can differ. Requests stay strict: others have read them before.
  void accept_careless() noexcept { careless_ = true; }
  /// Where to keep trailer lines ("Name: value\r\n" each); null: they are checked and dropped.
  void keep_trailers(std::string* where) noexcept { trailers_ = where; }

 private:
  enum class place : std::uint8_t {
    size_first,
    size,
    size_blank,
    extension,
    extension_quoted,
    extension_escape,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_lf,
    end_lf,
    done,
    bad
  };
  // One byte of a size line, an extension, a trailer. @return false: nothing lawful goes on like this.
  bool take_size(char c) noexcept;
  bool take_extension(char c) noexcept;
  bool take_trailer(char c);

  place at_ = place::size_first;
  bool careless_ = false;
  std::uint8_t digits_ = 0;       ///< significant ones
  std::uint16_t line_ = 0;        ///< bytes of this size line
  std::uint16_t extensions_ = 0;  ///< bytes of extensions in the whole message
  std::uint16_t trailer_bytes_ = 0;
  std::uint64_t left_ = 0;  ///< of the chunk at hand
  std::string* trailers_ = nullptr;
};

/// Room for one chunk's size line: 16 hex digits and CRLF.
inline constexpr std::size_t chunk_header_room = 18;

/// Writes "<hex>\r\n" so that it ends at `end`; returns where it starts.
char* write_chunk_header_before(char* end, std::size_t size) noexcept;

}  // namespace waggle::proxy::http1
