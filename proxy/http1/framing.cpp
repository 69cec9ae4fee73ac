#include "http1/framing.hpp"

#include "http1/chars.hpp"

namespace waggle::proxy::http1 {
namespace {

using http::for_each_member;
using http::iequals;

constexpr std::size_t max_connection_options = 100;  // more is an attempt to burn time in comparisons

/// Reads all Connection fields: persistence, whether an upgrade is asked for. Marks the fields that they name.
struct connection_options {
  bool close = false, keep_alive = false, upgrade = false, framing_named = false, too_many = false;
};

connection_options read_connection(field_list& fields) noexcept {
  connection_options out;
  std::size_t members = 0;
  if (!fields.has(field_id::connection)) return out;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields.id(i) != field_id::connection) continue;
    for_each_member(fields[i].value, [&](std::string_view option) {
      if (++members > max_connection_options) {
        out.too_many = true;
        return;
      }
      if (iequals(option, "keep-alive")) out.keep_alive = true;
      else if (iequals(option, "close")) out.close = true;
      else if (iequals(option, "upgrade")) out.upgrade = true;
      else if (iequals(option, "host") || iequals(option, "content-length") || iequals(option, "transfer-encoding")) out.framing_named = true;
      else
        for (std::size_t k = 0; k < fields.size(); ++k)
          if (iequals(fields[k].name, option)) fields.mark_this_hop(k);
    });
  }
  return out;
}

enum class coding : std::uint8_t { none, identity, chunked, bad };

/// Anything but exactly one `chunked` (or `identity`, which is for the caller to judge) is bad; empty list members are ignored
/// (RFC 9110 §5.6.1).
coding read_transfer_encoding(const field_list& fields) noexcept {
  coding out = coding::none;
  if (!fields.has(field_id::transfer_encoding)) return out;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields.id(i) != field_id::transfer_encoding) continue;
    std::size_t members = 0;
    for_each_member(fields[i].value, [&](std::string_view c) {
      ++members;
      if (out != coding::none) out = coding::bad;
      else out = iequals(c, "chunked") ? coding::chunked : iequals(c, "identity") ? coding::identity : coding::bad;
    });
    if (members == 0) out = coding::bad;
  }
  return out;
}

enum class length_state : std::uint8_t { none, good, bad };

length_state read_content_length(const field_list& fields, std::uint64_t& length) noexcept {
  length_state out = length_state::none;
  if (!fields.has(field_id::content_length)) return out;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields.id(i) != field_id::content_length) continue;
    std::uint64_t n = 0;
    if (!parse_content_length(fields[i].value, n)) return length_state::bad;
    if (out == length_state::good && n != length) return length_state::bad;
    length = n;
    out = length_state::good;
  }
  return out;
}

/// Value of the one Upgrade field if it is a list of protocols (RFC 9110 §7.8: name ["/" version]); else empty.
std::string_view read_upgrade(const field_list& fields) noexcept {
  std::string_view value;
  if (!fields.has(field_id::upgrade)) return value;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields.id(i) != field_id::upgrade) continue;
    if (!value.empty()) return {};
    value = fields[i].value;
  }
  bool good = true;
  for_each_member(value, [&](std::string_view protocol) {
    const std::size_t slash = protocol.find('/');
    for (std::size_t i = 0; i < protocol.size(); ++i) good = good && (is(protocol[i], tchar) || (i == slash && i > 0));
  });
  return good ? value : std::string_view{};
}

/// A protocol in which requests could be hidden from whoever checks HTTP/1 (h2c smuggling), or which waggle would have to speak.
bool is_http_or_tls(std::string_view protocol) noexcept {
  const std::string_view name = protocol.substr(0, protocol.find('/'));
  return iequals(name, "h2c") || iequals(name, "h2") || iequals(name, "http") || iequals(name, "https") || iequals(name, "tls");
}

/// What is passed on of a request's wish for another protocol: all or nothing. A WebSocket is asked for completely or not at all.
std::string_view upgrade_to_pass(std::string_view wish, bool whole_websocket) noexcept {
  bool good = !wish.empty();
  for_each_member(
      wish, [&](std::string_view protocol) { good = good && !is_http_or_tls(protocol) && (!iequals(protocol, "websocket") || whole_websocket); });
  return good ? wish : std::string_view{};
}

/// Keep-Alive: timeout=5, max=100 (RFC 2068 §19.7.1.1). @return 0 if it does not say.
std::uint32_t read_idle_time(std::string_view value) noexcept {
  std::uint32_t out = 0;
  for_each_member(value, [&](std::string_view member) {
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos || !iequals(http::trim_ows(member.substr(0, equals)), "timeout")) return;
    std::uint64_t seconds = 0;
    if (parse_content_length(http::trim_ows(member.substr(equals + 1)), seconds))
      out = static_cast<std::uint32_t>(seconds < 86'400 ? seconds : 86'400);
  });
  return out;
}

bool is_login(const field_list& fields) noexcept {
  if (!fields.has(field_id::credentials, field_id::proxy_authorization, field_id::challenge, field_id::persistent_auth)) return false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    switch (fields.id(i)) {
      case field_id::credentials:
      case field_id::proxy_authorization:
      case field_id::challenge:
        if (names_connection_login(fields[i].value)) return true;
        break;
      case field_id::persistent_auth:
        if (iequals(fields[i].value, "true")) return true;
        break;
      default: break;
    }
  }
  return false;
}

bool has_field(const field_list& fields, std::string_view name) noexcept {
  for (const http::field& f : fields.all())
    if (iequals(f.name, name)) return true;
  return false;
}

}  // namespace

refusal examine_request(request_head& head, request_facts& out) noexcept {
  out = {};
  field_list& fields = head.fields;
  const connection_options connection = read_connection(fields);
  if (connection.framing_named) return {400, "Connection names a field that frames the message"};
  if (connection.too_many) return {400, "too many Connection options"};
  out.keep_alive = !connection.close && (head.minor >= 1 || connection.keep_alive);

  // RFC 9112 §6.3; any doubt is refused, since the next hop may read it differently (§11.2 request smuggling).
  std::uint64_t length = 0;
  const coding te = read_transfer_encoding(fields);
  const length_state cl = read_content_length(fields, length);
  if (te == coding::bad || te == coding::identity) return {400, "Transfer-Encoding is not exactly chunked"};
  if (te == coding::chunked && cl != length_state::none) return {400, "both Transfer-Encoding and Content-Length"};
  if (te == coding::chunked && head.minor == 0) return {400, "Transfer-Encoding in HTTP/1.0"};
  if (cl == length_state::bad) return {400, "bad Content-Length"};
  if (te == coding::chunked) out.body = {body_kind::chunked, 0};
  else if (cl == length_state::good) out.body = {body_kind::length, length};

  unsigned hosts = 0;
  bool continue_100 = false, unknown_expectation = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    switch (fields.id(i)) {
      case field_id::host:
        ++hosts;
        out.host = fields[i].value;
        break;
      case field_id::expect:
        for_each_member(fields[i].value, [&](std::string_view m) { (iequals(m, "100-continue") ? continue_100 : unknown_expectation) = true; });
        break;
      case field_id::te: for_each_member(fields[i].value, [&](std::string_view m) { out.te_trailers |= iequals(m, "trailers"); }); break;
      default: break;
    }
  }
  if (hosts > 1) return {400, "more than one Host"};
  if (hosts == 0 && head.minor >= 1) return {400, "missing required Host header"};
  if (!out.host.empty() && !valid_host(out.host)) return {400, "malformed Host header"};
  out.has_host = hosts == 1;
  if (head.minor >= 1) {  // RFC 9110 §10.1.1; a list (§5.6.1): empty, or the same twice, is none and one
    if (unknown_expectation) return {417, "unknown expectation"};
    out.expect_continue = continue_100 && out.body.kind != body_kind::none;
  }

  out.login = is_login(fields);

  // RFC 6455 §4.1: GET, 1.1, Upgrade listed in Connection, key and version. Less than that is an ordinary request.
  if (!connection.upgrade || head.minor == 0) return {};
  const std::string_view wish = read_upgrade(fields);
  out.websocket = head.method == "GET" && (out.body.kind == body_kind::none || out.body == framing{body_kind::length, 0}) &&
                  iequals(wish, "websocket") && has_field(fields, "sec-websocket-key") && has_field(fields, "sec-websocket-version");
  out.upgrade = upgrade_to_pass(wish, out.websocket);
  return {};
}

bool asked_for(std::string_view requested, std::string_view protocol) noexcept {
  bool found = false;
  for_each_member(requested, [&](std::string_view member) { found = found || iequals(member, protocol); });
  return found && !protocol.empty();
}

refusal examine_response(response_head& head, bool to_head, response_facts& out) noexcept {
  out = {};
  field_list& fields = head.fields;
  const connection_options connection = read_connection(fields);
  if (connection.too_many) return {502, "too many Connection options"};
  out.keep_alive = !connection.close && (head.minor >= 1 || connection.keep_alive);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields.id(i) == field_id::trailer) out.has_trailer = true;
    else if (fields.id(i) == field_id::keep_alive) out.keeps_idle_s = read_idle_time(fields[i].value);
  }
  out.login = is_login(fields);
  if (head.status == 426 || (head.status == 101 && connection.upgrade)) out.upgrade = read_upgrade(fields);

  std::uint64_t length = 0;
  const coding te = read_transfer_encoding(fields);
  const length_state cl = read_content_length(fields, length);
  if (te == coding::bad) return {502, "Transfer-Encoding is not exactly chunked"};
  if (cl == length_state::bad) return {502, "bad Content-Length"};
  if (te == coding::identity && cl == length_state::none) return {502, "Transfer-Encoding: identity without Content-Length"};
  if (te == coding::identity || (te == coding::chunked && (head.minor == 0 || cl != length_state::none))) out.keep_alive = false;
  // It must not have a body, but says that it has (RFC 9112 §6.1, §6.2): the body may well come.
  if (head.status == 204 && (te == coding::chunked || length > 0)) out.keep_alive = false;
  if (to_head || head.status < 200 || head.status == 204 || head.status == 304) return {};  // RFC 9112 §6.3
  if (te == coding::chunked) out.body = {body_kind::chunked, 0};
  else if (cl == length_state::good) out.body = {body_kind::length, length};
  else {
    out.body = {body_kind::until_close, 0};
    out.keep_alive = false;
  }
  return {};
}

}  // namespace waggle::proxy::http1
