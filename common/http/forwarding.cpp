#include <waggle/http/forwarding.hpp>

namespace waggle::http {
namespace {

/// Of "host:port"; empty if there is none.
std::string_view port_of(std::string_view authority) noexcept {
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && colon + 1 < authority.size() &&
                        authority.find(']', colon) == std::string_view::npos;  // not a colon of an IPv6 literal
  return has_port ? authority.substr(colon + 1) : std::string_view();
}

}  // namespace

forwarding forwarding_of(const request& r, const sender& from) noexcept {
  forwarding out;
  const auto keep_first = [](std::string_view& to, std::string_view value) {
    if (to.empty()) to = value;
  };
  if (from.trusted || r.fields.any_edited()) {
    for (const field& f : r.fields.all()) {
      if (!is_forwarding(f.id) || !counts(f, from)) continue;
      if (f.id == field_id::x_real_ip) keep_first(out.real_ip, f.value);
      else if (f.id == field_id::x_forwarded_proto) keep_first(out.proto, f.value);
      else if (f.id == field_id::x_forwarded_port) keep_first(out.port, f.value);
      else if (f.id == field_id::x_forwarded_host) keep_first(out.host, f.value);
    }
  }
  keep_first(out.real_ip, from.address);
  keep_first(out.proto, r.scheme);
  keep_first(out.host, r.authority);
  keep_first(out.port, port_of(r.authority));
  keep_first(out.port, iequals(out.proto, "https") || iequals(out.proto, "wss") ? "443" : "80");
  return out;
}

}  // namespace waggle::http
