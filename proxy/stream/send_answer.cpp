// Response heads as the client gets them, as HTTP/1 text, and whole answers of waggle's own.
#include "affinity/registry.hpp"
#include "decision/deadlines.hpp"
#include "http1/head_writer.hpp"
#include "http1/line_run.hpp"
#include "stream/server_stream.hpp"
#include "worker/client_wait.hpp"

#include <waggle/http/encoding.hpp>
#include <waggle/http/reason.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::proxy {
namespace {

using http::field_id;

void status_line(http1::head_writer& out, unsigned status, std::string_view reason) noexcept {
  const char digits[3] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10), static_cast<char>('0' + status % 10)};
  out << "HTTP/1.1 " << std::string_view(digits, 3) << " " << reason << "\r\n";
}

/// What was seen among the fields that pass.
struct passed_fields {
  bool date = false;
  std::optional<std::uint64_t> length;  ///< told of a body that does not come
};

/// The server's fields but those of its own connection, those that rules take away, and what is not true of a compressed body.
/// @param bodiless  HEAD, or 304.
passed_fields put_fields(http1::head_writer& text, const final_head& f, bool encoded, bool bodiless) {
  passed_fields out;
  http1::line_run lines(text);
  for (const http::field& field : f.head.fields) {
    const field_id id = field.id;
    const bool this_hop = field.origin == http::field_origin::this_hop;
    if (id != field_id::other) {
      if (id == field_id::content_length && bodiless) {
        std::uint64_t n = 0;
        out.length = http1::parse_content_length(field.value, n) ? std::optional(n) : std::nullopt;
      }
      if (is_hop_by_hop(id)) continue;
      out.date = out.date || id == field_id::date;
    }
    if (encoded) {  // another representation: a weak validator (RFC 9110 section 8.8.1), and ranges of it cannot be had
      if (http::is_of_identity(field.name)) continue;
      if (http::iequals(field.name, "ETag") && !this_hop && field.value.starts_with('"')) {
        lines.flush();
        text << "Etag: W/" << field.value << "\r\n";
        continue;
      }
    }
    if (this_hop || (f.rules && f.rules->removes(field.name, f.secure))) continue;
    lines.put(field, http1::stands_as_line(field));
  }
  lines.flush();
  return out;
}

}  // namespace

bool server_stream::compose(const final_head& f) {
  const http::answer& head = f.head;
  http1::head_writer text({w_.scratch.output.data(), scratch::head_room});  // what is behind it is for the first body bytes
  status_line(text, head.status, head.reason);
  const bool encoded = f.compressed || f.describes_compressed;
  const bool bodiless = to_head_ || head.status == 304;  // what they do not carry, GET would
  const passed_fields passed = put_fields(text, f, encoded, bodiless);
  if (!passed.date && head.status >= 200) text << "Date: " << w_.http_date() << "\r\n";  // RFC 9110 §6.6.1
  if (encoded && head.status != 304) text << "Content-Encoding: gzip\r\n";               // 304: RFC 9110 §15.4.5
  if (f.varies && !switched_ && !http::varies_by_encoding(head.fields)) text << "Vary: Accept-Encoding\r\n";
  if (f.rules) text << f.rules->added(f.secure);
  if (f.cookie_of) affinity::on_response(*f.cookie_of, *f.cookie_for, [&](std::string_view piece) { text << piece; });
  if (switched_) {
    text << "Connection: Upgrade\r\nUpgrade: " << head.upgrade << "\r\n\r\n";
    composed_ = text.size();
    return composed_ > 0;
  }
  // HEAD and 304 tell the length of what they do not carry, if GET would tell it; 204 must not (RFC 9110 §8.6).
  const bool describes = bodiless && passed.length && !encoded;
  if ((head.body == http::body_kind::sized && !f.compressed) || describes) {
    char digits[24];
    const std::uint64_t n = describes ? *passed.length : head.body_length;
    text << "Content-Length: " << std::string_view(digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, n).ptr - digits))
         << "\r\n";
  }
  if (!f.announced.empty()) text << "Trailer: " << f.announced << "\r\n";
  if (chunked_) text << "Transfer-Encoding: chunked\r\n";
  const bool names_protocol = head.status == 426 && !head.upgrade.empty();  // RFC 9110 §15.5.22: it must say which
  const bool closes = !keep_alive_ || w_.draining();
  if (names_protocol) text << "Upgrade: " << head.upgrade << (closes ? "\r\nConnection: Upgrade, close\r\n" : "\r\nConnection: Upgrade\r\n");
  else if (closes) text << "Connection: close\r\n";
  text << "\r\n";
  if (f.record) w_.access->note_downstream(*f.record, {w_.scratch.output.data(), text.size()});
  composed_ = text.size();
  return composed_ > 0;
}

/// Interim answers pass, but never to a 1.0 client (RFC 9110 §15.2). @return moved, or a fault.
step server_stream::send_informational(const http::answer& head) {
  if (http10_ || watch_.gone() || (head.status == 100 && continued_)) return progress::moved;
  http1::head_writer text({w_.scratch.output.data(), scratch::head_room});
  status_line(text, head.status, head.reason);
  for (const http::field& field : head.fields)
    if (!is_hop_by_hop(field.id)) text.put_line(field.name, field.value);
  text << "\r\n";
  if (text.size() == 0) return fault(fault_kind::bad_response, "head that is too large with the fields that are added to it");
  return out_.send(text.size(), nullptr, 0) ? step(progress::moved) : step(fault_kind::client_gone);
}

io::task<client_fate> server_stream::send_own(middleware::local_answer answer, bool doubt, access::record* record) {
  auto& [status, fields, page] = answer;
  const bool keep = fate(body_.is_read(), doubt) == client_fate::keep;
  std::string text = "HTTP/1.1 " + std::to_string(status) + " " + std::string(http::reason_phrase(status)) + "\r\n" + fields;
  if (!page.empty() && fields.find("Content-Type:") == std::string::npos) {
    text += "Content-Type: text/plain; charset=utf-8\r\n";
    if (fields.find("X-Content-Type-Options:") == std::string::npos) text += "X-Content-Type-Options: nosniff\r\n";
  }
  if (!http::is_bodiless(status)) text += "Content-Length: " + std::to_string(page.size()) + "\r\n";  // RFC 9110 section 8.6
  text += "Date: ";
  text += w_.http_date();
  text += keep ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  if (record) w_.access->note_downstream(*record, text);
  if (!to_head_) text += page;
  watch_.end();
  out_.keep(std::string_view(text).substr(out_.take_ahead()));  // behind what is left of an interim answer that the client was slow to take
  for (std::string* done : {&text, &page, &fields}) std::string().swap(*done);  // a page may be large, and its client slow
  const io::time_ms due = due_after(w_.loop.now(), times_.client_write);
  for (;;) {
    const progress s = out_.flush();
    if (s == progress::done) break;
    if (s == progress::stopped || owner_.is_aborted()) co_return client_fate::close;
    const client_wait here(w_, owner_, wait_kind::dawdling);
    const bool ready = co_await wait(io::writable | io::broken, due);
    if (!ready || owner_.is_evicted()) co_return client_fate::reset;
  }
  co_return keep ? fate(true, false) : client_fate::linger;
}

}  // namespace waggle::proxy
