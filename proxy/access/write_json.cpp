// Traefik 1.7's JSON access log: its field names, sorted as Go sorts them, and waggle's own (NodeID, NodeName,
// ServiceName, StickySession, TaskID, TaskSlot) in their place.
#include "access/log.hpp"

#include "http1/reason.hpp"
#include "routing/table.hpp"

namespace waggle::proxy::access {
namespace {

/// Writes members; knows what was dropped or redacted.
class members {
 public:
  members(line& out, const plan& how) : out_(out), how_(how) { out_ << '{'; }

  void text(field f, std::string_view value) { text(f, value, {}); }
  /// Two parts of one text.
  void text(field f, std::string_view first, std::string_view second) {
    if (!name(f)) return;
    out_ << '"';
    out_.json(first).json(second) << "\",";
  }
  void number(field f, std::int64_t n) {
    if (name(f)) out_.number(n) << ',';
  }
  template <class Write>
  void raw(field f, Write&& write) {
    if (!name(f)) return;
    write();
    out_ << ',';
  }

 private:
  /// @return false: nothing more of this field is to be written.
  bool name(field f) {
    const field_mode mode = how_.mode[static_cast<std::size_t>(f)];
    if (mode == field_mode::drop) return false;
    out_ << member_of(f);
    if (mode == field_mode::keep) return true;
    out_ << "\"REDACTED\",";
    return false;
  }
  line& out_;
  const plan& how_;
};

void status_line(line& out, unsigned status, std::string_view reason) {
  out << '"';
  out.number(status);
  if (reason.empty()) reason = http1::reason_phrase(status);
  if (!reason.empty()) out << ' ', out.json(reason);
  out << '"';
}

/// What stickiness did: "" where the backend has none.
std::string_view sticky_outcome(const record& r) noexcept {
  if (!r.to || !r.to->sticky || r.server < 0) return {};
  if (r.wanted >= 0 && r.wanted == r.server) return "kept";
  return r.had_cookie ? "moved" : "new";
}

/// "host:80" → host; the port stays where it is (Traefik shows "-" for it).
std::string_view without_port(std::string_view host) noexcept {
  const std::size_t colon = host.rfind(':');
  return colon == std::string_view::npos || host.find(']', colon) != std::string_view::npos ? host : host.substr(0, colon);
}

}  // namespace

void write_json(line& out, const plan& how, calendar& times, const record& r, std::uint64_t number, base::mono_time now) {
  const routing::server* const s = r.to && r.server >= 0 ? &r.to->servers[static_cast<std::size_t>(r.server)] : nullptr;
  const std::int64_t took = (now - r.started).count(), of_server = r.was_asked ? (now - r.asked).count() : 0;
  const std::string_view protocol = r.minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
  members m(out, how);
  if (s) m.text(field::backend_addr, s->host_header);
  m.text(field::backend_name, s ? std::string_view(r.to->name) : std::string_view("Traefik"));
  m.raw(field::backend_url, [&] {  // as Go's url.URL is written
    out << R"({"Scheme":")" << (s ? "http" : "") << R"(","Opaque":"","User":null,"Host":")";
    if (s) out.json(s->host_header);
    out << R"(","Path":")";
    if (!s) out.json(std::string_view(r.target).substr(0, r.target.find('?')));
    out << R"(","RawPath":"","ForceQuery":false,"RawQuery":")";
    if (const std::size_t q = r.target.find('?'); !s && q != std::string::npos) out.json(std::string_view(r.target).substr(q + 1));
    out << R"(","Fragment":""})";
  });
  m.raw(field::client_addr, [&] {
    const bool v6 = r.client_ip.find(':') != std::string_view::npos;
    out << '"' << (v6 ? "[" : "") << r.client_ip << (v6 ? "]:" : ":");
    out.number(r.client_port) << '"';
  });
  m.text(field::client_host, r.forwarded_for.empty() ? r.client_ip : std::string_view(r.forwarded_for));
  m.raw(field::client_port, [&] {
    out << '"';
    out.number(r.client_port) << '"';
  });
  m.text(field::client_username, r.user.empty() ? std::string_view("-") : std::string_view(r.user));
  m.number(field::downstream_content_size, static_cast<std::int64_t>(r.answer_bytes));
  m.number(field::downstream_status, r.status);
  m.raw(field::downstream_status_line, [&] { status_line(out, r.status, {}); });
  m.number(field::duration, took);
  if (!r.entry_point.empty()) m.text(field::frontend_name, r.answered_by, r.entry_point);
  else if (!r.route) m.text(field::frontend_name, "backend not found");
  else if (r.answered_by) m.text(field::frontend_name, r.answered_by, r.route->name);
  else m.text(field::frontend_name, std::string_view(r.route->name).substr(r.route->name.starts_with("frontend-") ? 9 : 0));
  if (s) m.text(field::node_id, s->origin.node_id);
  if (s && !s->origin.node_name.empty()) m.text(field::node_name, s->origin.node_name);
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
  if (s) m.text(field::service_name, s->origin.service_name);
  m.raw(field::start_local, [&] { out << '"', times.local(out, r.started_wall), out << '"'; });
  m.raw(field::start_utc, [&] { out << '"', times.rfc3339(out, r.started_wall), out << '"'; });
  if (const std::string_view sticky = sticky_outcome(r); !sticky.empty()) m.text(field::sticky, sticky);
  if (s) {
    m.text(field::task_id, s->origin.task_id);
    m.number(field::task_slot, static_cast<std::int64_t>(s->origin.slot));
  }
  out << r.downstream_fields << R"("level":"info","msg":"",)" << r.origin_fields << r.request_fields << R"("time":")";
  times.rfc3339(out, r.started_wall + took);
  out << "\"}\n";
}

}  // namespace waggle::proxy::access
