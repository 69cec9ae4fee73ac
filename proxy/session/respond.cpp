// Response heads as the client gets them, composed into the worker's output scratch.
#include "session/session.hpp"

#include "affinity/registry.hpp"
#include "http1/encoding.hpp"
#include "http1/head_writer.hpp"

#include <charconv>

namespace waggle::proxy {
namespace {

using http::field_id;

void status_line(http1::head_writer& out, unsigned status, std::string_view reason) noexcept {
  const char digits[3] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10), static_cast<char>('0' + status % 10)};
  out << "HTTP/1.1 " << std::string_view(digits, 3) << " " << reason << "\r\n";
}

}  // namespace

/// @return its size; 0 if it does not fit the scratch (then it is a bad gateway).
std::size_t session::compose_answer_head(exchange& x, const http1::response_facts& facts) {
  const http1::response_head& head = w_.scratch.response;
  http1::head_writer out({w_.scratch.output.data(), scratch::head_room});  // what is behind it is for the first body bytes
  status_line(out, head.status, head.reason);
  const middleware::answer_rules* const rules = x.route->chain.on_answer.get();
  const bool encoded = x.gzip || x.describes_gzip;
  bool date = false;
  std::uint64_t length = 0;
  bool length_seen = false;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const field_id id = head.fields.id(i);
    if (id != field_id::other) {
      if (id == field_id::content_length) length_seen = http1::parse_content_length(head.fields[i].value, length);
      if (is_hop_by_hop(id)) continue;
      date = date || id == field_id::date;
    }
    if (encoded) {  // another representation: a weak validator (RFC 9110 section 8.8.1), and ranges of it cannot be had
      if (http1::is_of_identity(head.fields[i].name)) continue;
      if (http::iequals(head.fields[i].name, "ETag") && !facts.named.test(i) && head.fields[i].value.starts_with('"')) {
        out << "Etag: W/" << head.fields[i].value << "\r\n";
        continue;
      }
    }
    if (facts.named.test(i) || (rules && rules->removes(head.fields[i].name, x.secure))) continue;
    out << head.fields[i].name << ": " << head.fields[i].value << "\r\n";
  }
  if (!date && head.status >= 200) out << "Date: " << w_.http_date() << "\r\n";  // RFC 9110 §6.6.1
  if (encoded && head.status != 304) out << "Content-Encoding: gzip\r\n";        // 304: RFC 9110 §15.4.5
  if (x.vary && !x.tunnel && !http1::varies_by_encoding(head.fields)) out << "Vary: Accept-Encoding\r\n";
  if (rules) out << rules->add;
  if (rules && x.secure) out << rules->add_if_secure;
  if (x.set_cookie) affinity::on_response(*x.to, x.to->servers[static_cast<std::size_t>(x.chosen)], [&](std::string_view piece) { out << piece; });
  if (x.tunnel) {
    out << "Connection: Upgrade\r\nUpgrade: " << facts.upgrade << "\r\n\r\n";
    return out.size();
  }
  // HEAD and 304 tell the length of what they do not carry, if GET would tell it; 204 must not (RFC 9110 §8.6).
  const bool describes = (x.to_head || head.status == 304) && length_seen && !encoded;
  if ((x.answer.kind == http1::body_kind::length && !x.gzip) || describes) {
    char digits[24];
    const std::uint64_t n = describes ? length : x.answer.length;
    out << "Content-Length: " << std::string_view(digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, n).ptr - digits))
        << "\r\n";
  }
  if (!x.announced.empty()) out << "Trailer: " << x.announced << "\r\n";
  if (x.answer_chunked_out) out << "Transfer-Encoding: chunked\r\n";
  const bool names_protocol = head.status == 426 && !facts.upgrade.empty();  // RFC 9110 §15.5.22: it must say which
  const bool closes = !x.keep_alive || w_.draining();
  if (names_protocol) out << "Upgrade: " << facts.upgrade << (closes ? "\r\nConnection: Upgrade, close\r\n" : "\r\nConnection: Upgrade\r\n");
  else if (closes) out << "Connection: close\r\n";
  out << "\r\n";
  if (x.record) w_.access->note_downstream(*x.record, {w_.scratch.output.data(), out.size()});
  return out.size();
}

std::size_t session::compose_interim(const http1::response_head& head) {
  http1::head_writer out({w_.scratch.output.data(), scratch::head_room});
  status_line(out, head.status, head.reason);
  for (std::size_t i = 0; i < head.fields.size(); ++i)
    if (!is_hop_by_hop(head.fields.id(i))) out << head.fields[i].name << ": " << head.fields[i].value << "\r\n";
  out << "\r\n";
  return out.size();
}

}  // namespace waggle::proxy
