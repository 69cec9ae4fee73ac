// Lines of connections below HTTP. What Traefik has a place for stands there; it has no such lines itself.
#include "access/members.hpp"
#include "access/writers.hpp"

#include <charconv>
#include <chrono>
#include <string_view>

namespace waggle::proxy::access {
namespace {

void put_end_points(members& m, line& out, const connection_record& r) {
  char digits[8];
  const std::string_view port(digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, r.client_port).ptr - digits));
  m.raw(field::client_addr, [&] {
    const bool v6 = r.client_ip.find(':') != std::string_view::npos;
    out << '"' << (v6 ? "[" : "") << r.client_ip << (v6 ? "]:" : ":") << port << '"';
  });
  m.text(field::client_host, r.client_ip);
  m.raw(field::client_port, [&] { out << '"' << port << '"'; });
}

}  // namespace

void write_common(line& out, const layout& how, writer_memory& known, const connection_record& r, std::uint64_t number, base::mono_time now) {
  const auto text = [&](field f, std::string_view value) {
    if (how.keeps(f) && !value.empty()) out.plain(value);
    else out << '-';
  };
  text(field::client_host, r.client_ip);
  out << " - - [";
  known.times.common(out, r.started_wall);
  out << "] \"- ";
  text(r.sni.empty() ? field::entry_point_name : field::sni, r.sni.empty() ? r.entry_point : std::string_view(r.sni));
  out << ' ';
  text(field::request_protocol, "TCP");
  out << "\" ";
  text(field::end_reason, word_of(r.end));
  out << ' ';
  if (how.keeps(field::downstream_content_size)) out.number(static_cast<std::int64_t>(r.bytes_out));
  else out << '-';
  out << " \"-\" \"-\" ";
  if (how.keeps(field::request_count)) out.number(static_cast<std::int64_t>(number));
  else out << '-';
  out << " \"";
  text(field::frontend_name, r.router.empty() ? std::string_view("backend not found") : std::string_view(r.router));
  out << "\" \"";
  text(field::backend_url, r.url);
  out << "\" ";
  out.number(std::chrono::duration_cast<std::chrono::milliseconds>(now - r.started).count()) << "ms\n";
}

void write_json(line& out, const layout& how, writer_memory& known, const connection_record& r, std::uint64_t number, base::mono_time now) {
  calendar& times = known.times;
  const std::int64_t took = (now - r.started).count();
  members m(out, how);
  out << '{';
  const bool served = !r.address.empty();
  if (served) m.text(field::backend_addr, r.address);
  if (!r.service.empty()) m.text(field::backend_name, r.service);
  if (served) m.text(field::backend_url, r.url);
  put_end_points(m, out, r);
  m.number(field::downstream_content_size, static_cast<std::int64_t>(r.bytes_out));
  m.number(field::duration, took);
  m.text(field::end_reason, word_of(r.end));
  m.text(field::entry_point_name, r.entry_point);
  m.text(field::frontend_name, r.router.empty() ? std::string_view("backend not found") : std::string_view(r.router));
  if (served) {
    m.text(field::node_id, r.origin.node_id);
    if (!r.origin.node_name.empty()) m.text(field::node_name, r.origin.node_name);
  }
  m.number(field::request_content_size, static_cast<std::int64_t>(r.bytes_in));
  m.number(field::request_count, static_cast<std::int64_t>(number));
  m.text(field::request_protocol, "TCP");
  if (!r.sni.empty()) m.text(field::sni, r.sni);
  if (served) m.text(field::service_name, r.origin.service_name);
  else if (!r.swarm_service.empty()) m.text(field::service_name, r.swarm_service);
  m.raw(field::start_local, [&] { out << '"', times.local(out, r.started_wall), out << '"'; });
  m.raw(field::start_utc, [&] { out << '"', times.rfc3339(out, r.started_wall), out << '"'; });
  if (served) {
    m.text(field::task_id, r.origin.task_id);
    m.number(field::task_slot, static_cast<std::int64_t>(r.origin.slot));
  }
  out << R"("level":"info","msg":"","time":")";
  times.rfc3339(out, r.started_wall + took);
  out << "\"}\n";
}

}  // namespace waggle::proxy::access
