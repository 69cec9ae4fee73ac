#include "http1/compose_request.hpp"

#include "http1/head_writer.hpp"
#include "http1/line_run.hpp"

#include <charconv>
#include <cstdint>

namespace waggle::proxy::http1 {
namespace {

using http::field_id;
using http::field_origin;

/// A received line on its way to a server. Those of a proxy that are merged or always ours are written by put_forwarding.
bool passes(const http::field& f, bool trusted) noexcept {
  if (!goes_on(f)) return false;
  if (f.id == field_id::other || f.id == field_id::cookie) return true;
  switch (f.id) {
    case field_id::expect:  // written once, if at all
    case field_id::x_forwarded_for:
    case field_id::x_forwarded_proto:
    case field_id::x_forwarded_host:
    case field_id::x_forwarded_port:
    case field_id::x_forwarded_server:
    case field_id::x_real_ip: return false;
    default: return trusted || !http::is_forwarding(f.id);
  }
}

struct text_writer {
  std::string& text;
  text_writer& operator<<(std::string_view s) {
    text += s;
    return *this;
  }
  void put_line(std::string_view name, std::string_view value) { *this << name << ": " << value << "\r\n"; }
};

template <class Out>
void put(Out& out, std::string_view name, std::string_view value) {
  out.put_line(name, value);
}

/// X-Forwarded-* and X-Real-Ip, but for what a label or an auth server has said of one: that stands among the fields, or not at all.
template <class Out>
void put_forwarding(Out& out, const http::request& r, const next_hop& to) {
  const http::forwarding said = http::forwarding_of(r, to.from);
  const auto own = [&](field_id id, std::string_view name, std::string_view value) {
    if (!r.fields.is_edited(id)) put(out, name, value);
  };
  if (!r.fields.is_edited(field_id::x_forwarded_for)) {
    out << "X-Forwarded-For: ";
    std::string_view separator;
    http::for_each_hop(r, to.from, [&](std::string_view one) {
      out << separator << one;
      separator = ", ";
    });
    out << "\r\n";
  }
  own(field_id::x_real_ip, "X-Real-Ip", said.real_ip);
  own(field_id::x_forwarded_proto, "X-Forwarded-Proto", said.proto);
  own(field_id::x_forwarded_port, "X-Forwarded-Port", said.port);
  if (!said.host.empty()) own(field_id::x_forwarded_host, "X-Forwarded-Host", said.host);
  own(field_id::x_forwarded_server, "X-Forwarded-Server", to.hostname);
}

/// Received lines that pass, what waggle says of the way, lines that were set.
template <class Out, class Keep>
void put_fields(Out& out, const http::request& r, const next_hop& to, Keep&& keep) {
  const http::field_span all = r.fields.all();
  std::size_t i = 0;
  line_run<Out> lines(out);
  for (; i < all.size() && all[i].origin != field_origin::ours; ++i)
    if (passes(all[i], to.from.trusted) && keep(all[i])) lines.put(all[i], all[i].is_line);
  lines.flush();
  put_forwarding(out, r, to);
  if (!to.hops.empty()) put(out, "X-Waggle-Hops", to.hops);
  for (; i < all.size(); ++i)
    if (keep(all[i])) put(out, all[i].name, all[i].value);
}

/// What is said of a body that a page does not get, of this connection, and of a copy that the client holds.
bool is_about_another_request(const http::field& f) noexcept {
  if (f.id == field_id::expect || f.id == field_id::max_forwards || f.id == field_id::upgrade) return true;
  for (const std::string_view n :
       {"Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Content-Type", "Content-Encoding"})
    if (http::iequals(f.name, n)) return true;
  constexpr std::string_view websocket = "Sec-WebSocket-";
  return f.name.size() > websocket.size() && http::iequals(f.name.substr(0, websocket.size()), websocket);
}

}  // namespace

std::size_t compose_request(const http::request& r, const next_hop& to, std::span<char> room) noexcept {
  head_writer out(room);
  out << r.method << " " << r.path;
  if (r.has_query) out << "?" << r.query;
  out << " HTTP/1.1\r\n";
  put(out, "Host", to.host);
  put_fields(out, r, to, [](const http::field&) { return true; });
  if (r.body == http::body_kind::sized) {
    char digits[24];
    const char* const end = std::to_chars(digits, digits + sizeof digits, r.body_length).ptr;
    put(out, "Content-Length", {digits, static_cast<std::size_t>(end - digits)});
  } else if (r.body == http::body_kind::streamed) {
    out << "Transfer-Encoding: chunked\r\n";
  }
  if (r.expect_continue && !r.fields.is_edited(field_id::expect)) out << "Expect: 100-continue\r\n";
  if (r.takes_trailers) out << "Te: trailers\r\n";  // the only member that a proxy may pass on (RFC 9110 §10.1.4)
  if (!r.upgrade.empty()) out << "Connection: Upgrade\r\nUpgrade: " << r.upgrade << "\r\n";
  out << "\r\n";
  return out.size();
}

std::string compose_page_request(const http::request& r, const next_hop& to, std::string_view target) {
  std::string text;
  text_writer out{text};
  out << "GET " << target << " HTTP/1.1\r\n";
  put(out, "Host", to.host);
  out << "Connection: close\r\n";
  put_fields(out, r, to, [](const http::field& f) { return !is_about_another_request(f); });
  out << "\r\n";
  return text;
}

}  // namespace waggle::proxy::http1
