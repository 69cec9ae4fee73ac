// A request, and the head of an answer, as everybody sees them between reading and sending on: values that belong to no version of
// HTTP. Text of a protocol is made of them when they are sent (proxy/stream/), of a request once for each attempt.
#pragma once

#include <waggle/http/arena.hpp>
#include <waggle/http/field.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waggle::http {

/// The field lines of one message, in order: first those that were received, then those that were set here.
class field_lines {
 public:
  /// Empty, with room for `count` lines. @param memory  holds the lines; it outlives them.
  void begin(arena& memory, std::size_t count) {
    memory_ = &memory;
    lines_ = memory.take_array<field>(count);
    room_ = count;
    count_ = 0;
    edited_ = 0;
  }
  /// A line that was received; its bytes stay where they are.
  void push(const field& f) {
    if (count_ == room_) make_room();
    lines_[count_++] = f;
  }

  field_span all() const noexcept { return {lines_, count_}; }
  std::string_view first(std::string_view name) const noexcept { return first_value(all(), name); }

  // Edits: what is given is copied. Names compare as a server may read them (reads_as); Host, framing and the count of turns
  // are left alone (is_fixed). Values are the caller's to check (no control characters).
  /// Instead of every line of that name this one, or none if `value` is empty.
  void set(std::string_view name, std::string_view value);
  /// One line more.
  void add(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  /// Set or removed: waggle does not add its own (X-Forwarded-*, X-Real-Ip, Expect). Of names that have an id.
  bool is_edited(field_id id) const noexcept { return edited_ >> static_cast<unsigned>(id) & 1; }
  bool any_edited() const noexcept { return edited_ != 0; }

 private:
  void make_room();
  arena* memory_ = nullptr;
  field* lines_ = nullptr;
  std::size_t count_ = 0, room_ = 0;
  std::uint64_t edited_ = 0;  ///< bits of field_id; that of `other` says that there was any edit
};

enum class body_kind : std::uint8_t {
  none,
  sized,    ///< request::body_length bytes
  streamed  ///< its end is seen when it comes
};

struct request {
  std::string_view method;
  std::string_view scheme = "http";  ///< of the connection that it came over
  std::string_view authority;        ///< as sent, with the port; the target's wins over Host. Empty: none was sent (HTTP/1.0)
  std::string_view target;           ///< as received, whatever its form
  std::string_view path;             ///< encoded, as it will be forwarded: after the rule's modifiers
  std::string_view match_path;       ///< decoded, as rules see it: before them
  std::string_view query;            ///< without '?'
  bool has_query = false;            ///< "/a?" has an empty one
  body_kind body = body_kind::none;
  std::uint64_t body_length = 0;  ///< for body_kind::sized
  bool expect_continue = false;   ///< the body waits for a 100
  bool takes_trailers = false;    ///< TE: trailers
  std::string_view upgrade;       ///< the protocols that the server is to be asked to switch to; empty: none
  std::string_view credentials;   ///< the client's own Authorization, the first one, whatever is made of that field here
  field_lines fields;
};

/// The head of a server's answer as it was received. Views into what its reader holds, valid until its next suspension.
struct answer {
  unsigned status = 0;
  std::string_view reason;  ///< words beside the status, for people; empty: none, or its protocol has none
  field_span fields;        ///< in order
  body_kind body = body_kind::none;
  std::uint64_t body_length = 0;  ///< for body_kind::sized
  std::string_view upgrade;       ///< of a 101 or 426: the protocol or protocols that it names; empty: it does not
  bool may_have_trailers = false;
  bool announces_trailers = false;
  bool server_closes = false;  ///< its server ends the connection with it

  /// 101, or final: it is the last head.
  bool is_last() const noexcept { return status >= 200 || status == 101; }
};

/// Zero: lawful. Else the status to refuse with and why (static text).
struct refusal {
  unsigned status = 0;
  const char* reason = "";
  explicit operator bool() const noexcept { return status != 0; }
};

/// A field line of the client's.
inline void add_received(request& r, const field& f) {
  if (f.id == field_id::credentials && r.credentials.empty()) r.credentials = f.value;
  r.fields.push(f);
}

}  // namespace waggle::http
