// Traefik 1.7's common log format (its section 12): the Combined Log Format and four more fields.
#include "access/writers.hpp"

#include "routing/table.hpp"

#include <chrono>
#include <string_view>

namespace waggle::proxy::access {
namespace {

void number_or_dash(line& out, bool given, std::uint64_t n) {
  if (given) out.number(static_cast<std::int64_t>(n));
  else out << '-';
}

}  // namespace

void write_common(line& out, const layout& how, writer_memory& known, const record& r, std::uint64_t number, base::mono_time now) {
  const auto text = [&](field f, std::string_view value) {
    if (how.keeps(f) && !value.empty()) out.plain(value);
    else out << '-';
  };
  // What our own parsers made (an address, a token, a version) needs no escaping.
  const auto own = [&](field f, std::string_view value) { out << (how.keeps(f) && !value.empty() ? value : std::string_view("-")); };
  if (r.forwarded_for.empty()) own(field::client_host, r.client_ip);
  else text(field::client_host, r.forwarded_for);
  out << " - ";
  text(field::client_username, r.user);
  out << " [";
  known.times.common(out, r.started_wall);
  out << "] \"";
  own(field::request_method, r.method);
  out << ' ';
  text(field::request_path, r.target);
  out << ' ';
  own(field::request_protocol, r.minor == 0 ? "HTTP/1.0" : "HTTP/1.1");
  out << "\" ";
  const unsigned status = r.origin_status != 0 ? r.origin_status : r.status;
  number_or_dash(out, how.keeps(field::origin_status) && status != 0, status);
  out << ' ';
  number_or_dash(out, how.keeps(field::origin_content_size) && status != 0, r.answer_bytes);
  out << " \"";
  if (r.referer.empty()) out << '-';
  else out.plain(r.referer);
  out << "\" \"";
  if (r.agent.empty()) out << '-';
  else out.plain(r.agent);
  out << "\" ";
  number_or_dash(out, how.keeps(field::request_count), number);
  out << " \"";
  if (!how.keeps(field::frontend_name)) out << '-';
  else if (!r.entry_point.empty()) out << r.answered_by, out.plain(r.entry_point);
  else if (!r.route) out << "backend not found";
  else if (r.answered_by) out << r.answered_by, out.plain(r.route->label);
  else out.plain(std::string_view(r.route->label).substr(r.route->label_from));
  out << "\" \"";
  const bool asked = r.to && r.server >= 0;
  text(field::backend_url, asked ? std::string_view(r.to->servers[static_cast<std::size_t>(r.server)].url) : std::string_view(r.target));
  out << "\" ";
  out.number(std::chrono::duration_cast<std::chrono::milliseconds>(now - r.started).count()) << "ms\n";
}

}  // namespace waggle::proxy::access
