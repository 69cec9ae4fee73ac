// Traefik 1.7's JSON access log: its field names, sorted as Go sorts them, and waggle's own (NodeID, NodeName,
// ServiceName, StickySession, TaskID, TaskSlot) in their place.
#include "access/members.hpp"
#include "access/writers.hpp"
#include "routing/table.hpp"

#include <waggle/http/reason.hpp>

namespace waggle::proxy::access {
namespace {

void status_line(line& out, unsigned status, std::string_view reason) {
  out << '"';
  out.number(status);
  if (reason.empty()) reason = http::reason_phrase(status);
  if (!reason.empty()) out << ' ', out.json(reason);
  out << '"';
}

/// What stickiness did: "" where the backend has none.
std::string_view sticky_outcome(const record& r) noexcept {
  if (!r.to || !r.to->sticky() || r.server < 0) return {};
  if (r.wanted >= 0 && r.wanted == r.server) return "kept";
  return r.had_cookie ? "moved" : "new";
}

/// "host:80" → host; the port stays where it is (Traefik shows "-" for it).
std::string_view without_port(std::string_view host) noexcept {
  const std::size_t colon = host.rfind(':');
  return colon == std::string_view::npos || host.find(']', colon) != std::string_view::npos ? host : host.substr(0, colon);
}

/// Where waggle itself answered, as Traefik writes it.
void own_backend(members& m, line& out, std::string_view target) {
  const std::size_t query = target.find('?');
  m.text(field::backend_name, "Traefik");
  m.raw(field::backend_url, [&] {
    out << R"({"Scheme":"","Opaque":"","User":null,"Host":"","Path":")";
    out.json(target.substr(0, query)) << R"(","RawPath":"","ForceQuery":false,"RawQuery":")";
    if (query != std::string_view::npos) out.json(target.substr(query + 1));
    out << R"(","Fragment":""})";
  });
}

}  // namespace

void write_json(line& out, const layout& how, writer_memory& known, const record& r, std::uint64_t number, base::mono_time now) {
  const server_text* const s = r.to && r.server >= 0 ? &known.servers.of(how, *r.to, r.to->servers[static_cast<std::size_t>(r.server)]) : nullptr;
  calendar& times = known.times;
  const std::int64_t took = (now - r.started).count(), of_server = r.was_asked ? (now - r.asked).count() : 0;
  const std::string_view protocol = r.minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
  char digits[8];
  const std::string_view port(digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, r.client_port).ptr - digits));
  members m(out, how);
  out << '{';
  if (s) out << s->where;
  else own_backend(m, out, r.target);
  m.raw(field::client_addr, [&] {
    const bool v6 = r.client_ip.find(':') != std::string_view::npos;
    out << '"' << (v6 ? "[" : "") << r.client_ip << (v6 ? "]:" : ":") << port << '"';
  });
  m.text(field::client_host, r.forwarded_for.empty() ? r.client_ip : std::string_view(r.forwarded_for));
  m.raw(field::client_port, [&] { out << '"' << port << '"'; });
  m.text(field::client_username, r.user.empty() ? std::string_view("-") : std::string_view(r.user));
  m.number(field::downstream_content_size, static_cast<std::int64_t>(r.answer_bytes));
  m.number(field::downstream_status, r.status);
  m.raw(field::downstream_status_line, [&] { status_line(out, r.status, {}); });
  m.number(field::duration, took);
  if (!r.entry_point.empty()) m.text(field::frontend_name, r.answered_by, r.entry_point);
  else if (!r.route) m.text(field::frontend_name, "backend not found");
  else if (r.answered_by) m.text(field::frontend_name, r.answered_by, r.route->label);
  else m.text(field::frontend_name, std::string_view(r.route->label).substr(r.route->label_from));
  if (s) out << s->on_node;
  if (r.origin_status != 0) {
    m.number(field::origin_content_size, static_cast<std::int64_t>(r.answer_bytes));
    m.number(field::origin_duration, of_server);
    m.number(field::origin_status, r.origin_status);
    m.raw(field::origin_status_line, [&] { status_line(out, r.origin_status, r.origin_reason); });
  }
  m.number(field::overhead, took - of_server);
  m.text(field::request_addr, r.host);
  m.number(field::request_content_size, static_cast<std::int64_t>(r.request_bytes));
  m.number(field::request_count, static_cast<std::int64_t>(number));
  m.text(field::request_host, without_port(r.host));
  m.raw(field::request_line, [&] {
    out << '"';
    out.json(r.method) << ' ';
    out.json(r.target) << ' ' << protocol << '"';
  });
  m.text(field::request_method, r.method);
  m.text(field::request_path, r.target);
  m.text(field::request_port, "-");
  m.text(field::request_protocol, protocol);
  m.number(field::retry_attempts, r.retries);
  if (s) out << s->of_service;
  else if (r.route && r.route->source && !r.route->source->swarm_service.empty()) m.text(field::service_name, r.route->source->swarm_service);
  m.raw(field::start_local, [&] { out << '"', times.local(out, r.started_wall), out << '"'; });
  m.raw(field::start_utc, [&] { out << '"', times.rfc3339(out, r.started_wall), out << '"'; });
  if (const std::string_view sticky = sticky_outcome(r); !sticky.empty()) m.text(field::sticky, sticky);
  if (s) out << s->as_task;
  out << r.downstream_fields << R"("level":"info","msg":"",)" << r.origin_fields << r.request_fields << R"("time":")";
  times.rfc3339(out, r.started_wall + took);
  out << "\"}\n";
}

}  // namespace waggle::proxy::access
