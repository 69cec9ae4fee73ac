#include "tls/client_hello.hpp"

#include <algorithm>
#include <bitset>

namespace waggle::proxy::tls {
namespace {

using verdict = client_hello::verdict;

constexpr std::size_t record_header = 5, message_header = 4;
constexpr std::size_t longest_record = 16 * 1024;  // RFC 8446 §5.1
constexpr unsigned handshake_record = 22, client_hello_message = 1, tls_major = 3;

enum extension : std::size_t { server_name = 0, application_protocols = 16, pre_shared_key = 41, supported_versions = 43 };

/// Takes from the front of `bytes`; once something was missing, everything is.
class reader {
 public:
  explicit reader(std::string_view bytes) noexcept : rest_(bytes) {}

  std::string_view take(std::size_t n) noexcept {
    if (n > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  std::size_t number(std::size_t bytes) noexcept {
    std::size_t out = 0;
    for (const char c : take(bytes)) out = out << 8 | static_cast<unsigned char>(c);
    return out;
  }
  /// A vector (RFC 8446 §3.4): its length in so many bytes, and its bytes.
  std::string_view vector(std::size_t length_bytes) noexcept { return take(number(length_bytes)); }
  bool failed() const noexcept { return failed_; }
  bool is_at_end() const noexcept { return rest_.empty(); }
  bool ended_well() const noexcept { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

/// The message as its records carry it.
struct walk {
  verdict state = verdict::need_more;
  std::size_t bytes = 0;    ///< complete: of all records
  std::size_t message = 0;  ///< complete: of the message, with its header
  bool is_split = false;
};

/// Hands the fragments of the first message to `visit`, in order, each as soon as its first byte is there; the header may be split, too.
template <class Visit>
walk walk_records(std::string_view bytes, Visit visit) noexcept {
  walk out;
  std::size_t have = 0, wanted = message_header, header = 0, at = 0;
  while (at < bytes.size()) {
    reader head(bytes.substr(at, record_header));
    if (head.number(1) != handshake_record) return {at == 0 ? verdict::not_tls : verdict::malformed};
    if (at + 1 == bytes.size()) return out;
    if (head.number(1) != tls_major) return {at == 0 ? verdict::not_tls : verdict::malformed};
    if (bytes.size() - at < record_header) return out;
    head.number(1);  // minor version: "MUST be ignored for all purposes" (RFC 8446 §5.1)
    const std::size_t length = head.number(2);
    if (length == 0 || length > longest_record) return {verdict::malformed};
    at += record_header;
    const std::string_view fragment = bytes.substr(at, length);
    std::size_t used = 0;
    for (; have < message_header && used < fragment.size(); ++used, ++have) {
      header = header << 8 | static_cast<unsigned char>(fragment[used]);
      if (have == 0 && header != client_hello_message) return {verdict::malformed};
    }
    if (have < message_header) {
      visit(fragment.substr(0, used));
      if (fragment.size() < length) return out;
      out.is_split = true;
      at += length;
      continue;
    }
    wanted = message_header + (header & 0xFFFFFF);
    if (wanted + record_header > client_hello::most_bytes) return {verdict::malformed};
    const std::size_t more = std::min(fragment.size() - used, wanted - have);
    visit(fragment.substr(0, used + more));
    have += more;
    if (have == wanted) {
      // Keys change behind it, so it has to end with its record (RFC 8446 §5.1).
      if (used + more < length) return {verdict::malformed};
      return {verdict::complete, at + length, wanted, out.is_split};
    }
    if (fragment.size() < length) return out;
    out.is_split = true;
    at += length;
  }
  return out;
}

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_name_char(char c) noexcept { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; }

/// Four numbers of one to three digits. RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted"; IPv6 has colons.
bool is_ipv4_text(std::string_view name) noexcept {
  std::size_t parts = 1, digits = 0;
  for (const char c : name) {
    if (c == '.') {
      ++parts;
      digits = 0;
    } else if (!is_digit(c) || ++digits > 3) {
      return false;
    }
  }
  return parts == 4;
}

/// `name` is lower-case and without its final dot.
bool is_host_name(std::string_view name) noexcept {
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (!is_name_char(c) || ++label > 63) {
      return false;
    }
  }
  return label > 0 && !is_ipv4_text(name);
}

}  // namespace

bool client_hello::read_server_name(std::string_view data) noexcept {
  // RFC 6066 §3: a list, but never two of a kind, and there is one kind. OpenSSL refuses the same.
  reader whole(data);
  reader list(whole.vector(2));
  const bool is_host = list.number(1) == 0;
  std::string_view name = list.vector(2);
  if (!whole.ended_well() || !list.ended_well() || !is_host) return false;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > longest_name) return false;
  std::transform(name.begin(), name.end(), name_.begin(), lower);
  name_size_ = static_cast<std::uint8_t>(name.size());
  return is_host_name(sni());
}

bool client_hello::read_alpn(std::string_view data) noexcept {
  reader whole(data);
  const std::string_view entries = whole.vector(2);
  if (!whole.ended_well() || entries.empty()) return false;
  reader list(entries);
  while (!list.is_at_end())
    if (list.vector(1).empty()) return false;
  if (list.failed()) return false;
  alpn_ = alpn_list(entries);
  return true;
}

bool client_hello::read_versions(std::string_view data) noexcept {
  reader whole(data);
  const std::string_view list = whole.vector(1);
  if (!whole.ended_well() || list.empty() || list.size() % 2 != 0 || list.size() > versions_.size()) return false;
  std::copy(list.begin(), list.end(), versions_.begin());
  versions_size_ = static_cast<std::uint8_t>(list.size());
  return true;
}

bool client_hello::read_extension(std::size_t type, std::string_view data) noexcept {
  switch (type) {
    case server_name: return read_server_name(data);
    case application_protocols: return read_alpn(data);
    case supported_versions: return read_versions(data);
    default: return true;
  }
}

bool client_hello::read_extensions(std::string_view extensions) noexcept {
  // RFC 8446 §4.2: not two of one type. Whoever takes the other one of two names would see another client than we do.
  std::bitset<0x10000> seen;
  reader rest(extensions);
  while (!rest.is_at_end()) {
    const std::size_t type = rest.number(2);
    const std::string_view data = rest.vector(2);
    if (rest.failed() || seen.test(type)) return false;
    seen.set(type);
    if (type == pre_shared_key && !rest.is_at_end()) return false;  // RFC 8446 §4.2.11: MUST be the last one
    if (!read_extension(type, data)) return false;
  }
  return !rest.failed();
}

bool client_hello::read_message(std::string_view message) noexcept {
  reader body(message.substr(message_header));
  const std::string_view version = body.take(2);
  body.take(32);  // random
  const std::string_view session = body.vector(1), ciphers = body.vector(2), compressions = body.vector(1);
  if (body.failed() || static_cast<unsigned char>(version[0]) != tls_major) return false;
  if (session.size() > 32 || ciphers.empty() || ciphers.size() % 2 != 0 || compressions.empty()) return false;
  // What is offered without the extension: this version and older ones. The newest is what counts.
  std::copy(version.begin(), version.end(), versions_.begin());
  versions_size_ = 2;
  if (body.is_at_end()) return true;  // before RFC 3546 there were no extensions
  const std::string_view extensions = body.vector(2);
  return body.ended_well() && read_extensions(extensions);
}

bool client_hello::offers_version(std::uint16_t version) const noexcept {
  reader list({versions_.data(), versions_size_});
  while (!list.is_at_end())
    if (list.number(2) == version) return true;
  return false;
}

std::uint16_t client_hello::newest_version() const noexcept {
  std::size_t newest = 0;
  reader list({versions_.data(), versions_size_});
  while (!list.is_at_end()) {
    const std::size_t v = list.number(2);
    if (v >> 8 == tls_major) newest = std::max(newest, v);  // others: GREASE (RFC 8701), drafts
  }
  return static_cast<std::uint16_t>(newest);
}

client_hello parse_client_hello(std::string_view bytes) {
  client_hello out;
  const std::string_view seen = bytes.substr(0, client_hello::most_bytes);
  const walk way = walk_records(seen, [](std::string_view) {});
  out.state_ = way.state;
  if (way.state == verdict::need_more && bytes.size() >= client_hello::most_bytes) out.state_ = verdict::malformed;
  if (way.state != verdict::complete) return out;
  std::string_view message = seen.substr(record_header, way.message);
  if (way.is_split) {
    out.joined_ = std::make_unique<char[]>(way.message);
    char* to = out.joined_.get();
    walk_records(seen, [&to](std::string_view fragment) { to = std::copy(fragment.begin(), fragment.end(), to); });
    message = {out.joined_.get(), way.message};
  }
  out.bytes_ = way.bytes;
  if (!out.read_message(message)) {
    client_hello refused;
    refused.state_ = verdict::malformed;
    return refused;
  }
  return out;
}

}  // namespace waggle::proxy::tls
