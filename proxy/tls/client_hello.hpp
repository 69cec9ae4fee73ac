// The first message of a TLS client (RFC 8446 §4.1.2), read and not answered: which name it asks for and what it speaks, so that it
// can be routed and passed on as it came. Pure; strict; bounded. It ends no TLS and checks nothing that routing does not use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string_view>

namespace waggle::proxy::tls {

/// Protocols by ALPN (RFC 7301 §3.1), in the client's order. Names are any bytes, 1 to 255 of them. A view into the hello.
class alpn_list {
 public:
  class iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using reference = std::string_view;
    using pointer = void;
    using iterator_category = std::input_iterator_tag;

    iterator() = default;
    explicit iterator(std::string_view rest) noexcept : rest_(rest) {}
    std::string_view operator*() const noexcept { return rest_.substr(1, size()); }
    iterator& operator++() noexcept {
      rest_.remove_prefix(1 + size());
      return *this;
    }
    iterator operator++(int) noexcept {
      const iterator old = *this;
      ++*this;
      return old;
    }
    bool operator==(const iterator& other) const noexcept { return rest_.size() == other.rest_.size(); }

   private:
    std::size_t size() const noexcept { return static_cast<unsigned char>(rest_.front()); }
    std::string_view rest_;
  };

  alpn_list() = default;
  /// @param entries  a length byte and as many bytes, again and again; their lengths have been checked.
  explicit alpn_list(std::string_view entries) noexcept : entries_(entries) {}
  iterator begin() const noexcept { return iterator(entries_); }
  iterator end() const noexcept { return iterator(); }
  bool empty() const noexcept { return entries_.empty(); }
  bool contains(std::string_view protocol) const noexcept {
    for (const std::string_view p : *this)
      if (p == protocol) return true;
    return false;
  }

 private:
  std::string_view entries_;
};

/// What parse_client_hello() makes of bytes. alpn() refers to those bytes (or to a copy of its own, if the hello came in several
/// records): valid as long as both live. It may be moved, not copied.
class client_hello {
 public:
  enum class verdict : std::uint8_t {
    need_more,  ///< nothing wrong yet
    not_tls,    ///< does not begin like TLS; so does SSL 2's hello
    malformed,  ///< begins like TLS; breaks a rule, or is larger than `most_bytes`
    complete
  };
  static constexpr std::size_t most_bytes = 16 * 1024;  ///< on the wire, record headers included
  static constexpr std::size_t longest_name = 253;      ///< RFC 1035 §2.3.4, as text without the final dot

  verdict state() const noexcept { return state_; }
  // All below: of a complete one.
  std::size_t bytes() const noexcept { return bytes_; }  ///< its length on the wire; early data may follow
  /// Lower-case letters, digits, '-', '_', '.'; no final dot, no IP address. "" if none was sent. With encrypted hellos (ECH) it is
  /// the outer one.
  std::string_view sni() const noexcept { return {name_.data(), name_size_}; }
  const alpn_list& alpn() const noexcept { return alpn_; }
  bool offers_version(std::uint16_t version) const noexcept;  ///< 0x0303: TLS 1.2, 0x0304: TLS 1.3
  std::uint16_t newest_version() const noexcept;              ///< of those that are TLS; 0: none is

 private:
  friend client_hello parse_client_hello(std::string_view bytes);
  bool read_message(std::string_view message) noexcept;
  bool read_extensions(std::string_view extensions) noexcept;
  bool read_extension(std::size_t type, std::string_view data) noexcept;
  bool read_server_name(std::string_view data) noexcept;
  bool read_alpn(std::string_view data) noexcept;
  bool read_versions(std::string_view data) noexcept;

  verdict state_ = verdict::need_more;
  std::uint8_t name_size_ = 0;
  std::array<char, longest_name> name_{};
  std::uint8_t versions_size_ = 0;    ///< bytes
  std::array<char, 254> versions_{};  ///< two bytes each, the client's order
  std::size_t bytes_ = 0;
  alpn_list alpn_;
  std::unique_ptr<char[]> joined_;  ///< the message, if it came in several records
};

/// @param bytes  what the connection has sent so far. Once it is not `need_more`, more bytes do not change the answer.
/// Cost: O(bytes); allocates only for a complete hello in several records.
client_hello parse_client_hello(std::string_view bytes);

/// For a client whose name nobody serves: a fatal alert `unrecognized_name` (RFC 6066 §3, RFC 8446 §6), in clear as before any key.
inline constexpr std::string_view unrecognized_name_alert{"\x15\x03\x03\x00\x02\x02\x70", 7};

}  // namespace waggle::proxy::tls
