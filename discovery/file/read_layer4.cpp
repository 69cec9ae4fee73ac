#include "file/read_layer4.hpp"

#include "file/server_address.hpp"
#include "labels/address_text.hpp"
#include "labels/traefik3/tcp_rule.hpp"
#include "translate/entry_choice.hpp"

#include <waggle/base/log.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::discovery::file {
namespace {

template <class Service>
void read_address(section& from, std::string_view scheme, Service& to) {
  model::server out;
  out.scheme = scheme;
  std::string text;
  if (!from.has("address")) from.fail("has no address; write address = \"10.0.0.5:5432\"");
  from.take("weight", out.weight);
  if (out.weight < 0 || out.weight > 65'535) from.fail("weight", "is no number from 0 to 65535");
  if (from.has("tls")) from.fail("tls", "TLS towards servers is not served; pass the clients' through");
  if (!from.take("address", text)) return;
  const auto address = parse_server_address(text);
  if (!address) return from.fail("address", address.error().reason);
  const bool v6 = address->host.find(':') != std::string::npos;
  const std::string url = std::string(scheme) + "://" + (v6 ? "[" + address->host + "]" : address->host) + ":" + std::to_string(address->port);
  for (const model::server& other : to.servers)
    if (other.url == url) return from.fail("address", "is there twice");
  out.url = url;
  out.name = url;  // it has no other
  out.id = "file/" + to.name + "/" + url;
  out.host = address->host;
  out.port = address->port;
  to.servers.push_back(std::move(out));
}

template <class Service>
std::vector<Service> read_services(section& from, std::string_view scheme) {
  std::vector<Service> out;
  from.each("services", [&](const std::string& name, section& s) {
    Service& service = out.emplace_back();
    service.name = name;
    if (!s.has("loadBalancer")) s.fail("has no loadBalancer; write a table loadBalancer with servers");
    s.within("loadBalancer", [&](section& lb) {
      lb.each_item("servers", [&](section& server) { read_address(server, scheme, service); });
      std::sort(service.servers.begin(), service.servers.end(), [](const auto& a, const auto& b) { return a.name.view() < b.name.view(); });
      read_options(lb, service);
    });
  });
  return out;
}

/// Entry points as they are written, or all of the protocol; those that are not there are told of, and nothing else is lost.
std::vector<std::string> entry_points_of(section& from, model::protocol protocol, const std::string& router, const options& names) {
  std::vector<std::string> named;
  from.take("entryPoints", named);
  if (named.empty())
    for (const auto& e : names.layer4_entry_points)
      if (e.protocol == protocol) named.push_back(e.name);
  std::vector<model::diagnostic> told;
  auto out = choose_entry_points({protocol, std::move(named), {"entryPoints", "entryPoints", {}, {}}, 0, router}, names, told);
  for (const auto& d : told) from.warn("entryPoints", d.text + "; " + d.fix);
  return out;
}

template <class Service>
std::string service_of(section& from, const std::vector<Service>& services) {
  std::string name;
  if (!from.has("service")) {
    from.fail("names no service; write service = \"…\"");
    return name;
  }
  from.take("service", name);
  if (std::none_of(services.begin(), services.end(), [&](const Service& s) { return s.name == name; }))
    from.fail("service", "there is no service " + base::go_quote(name.substr(0, 200)) + " of this protocol");
  return name;
}

using address_lists = std::map<std::string, std::vector<std::string>, std::less<>>;

address_lists read_middlewares(section& from) {
  address_lists out;
  from.each("middlewares", [&](const std::string& name, section& s) {
    const auto read = [&](section& list) {
      auto& ranges = out[name];
      list.take("sourceRange", ranges);
      if (ranges.empty()) list.fail("sourceRange", "is empty; write addresses and blocks");
      for (const std::string& r : ranges)
        if (!is_ip_range(r)) list.fail("sourceRange", base::go_quote(r.substr(0, 100)) + " is neither an address nor a block");
    };
    s.within("ipAllowList", read);
    s.within("ipWhiteList", read);
    if (s.has("inFlightConn")) s.fail("inFlightConn", "is not served; limit the servers: maxConn");
    if (!out.contains(name)) s.fail("is of no kind that is served; write ipAllowList");
  });
  return out;
}

void read_rule(section& from, model::tcp_router& to) {
  from.take("priority", to.priority);
  bool tls = false, passthrough = false;
  if (from.has_table("tls")) {
    tls = true;
    from.within("tls", [&](section& s) { s.take("passthrough", passthrough); });
  } else {
    from.take("tls", tls);
  }
  if (tls && !passthrough) from.fail("tls", "TLS is not ended here yet; write tls.passthrough = true and let the servers end it");
  to.tls = passthrough ? model::tcp_tls::passthrough : model::tcp_tls::none;
  if (!from.take("rule", to.rule)) {
    if (!from.has("rule")) from.fail("has no rule; write rule = \"HostSNI(`*`)\" for all connections");
    return;
  }
  auto match = traefik3::parse_tcp_rule(to.rule);
  if (!match) return from.fail("rule", match.error().reason);
  to.match = std::move(*match);
  if (!tls && !(to.match.sni.empty() && to.match.sni_regex.empty() && to.match.alpn.empty()))
    from.fail("rule", "asks for a name or a protocol, which only TLS clients send; write tls.passthrough = true, or HostSNI(`*`)");
}

void pass_middlewares(section& from, const address_lists& known, model::tcp_router& to) {
  std::vector<std::string> names;
  from.take("middlewares", names);
  for (const std::string& name : names) {
    const auto it = known.find(name);
    if (it == known.end()) from.fail("middlewares", "there is no middleware " + base::go_quote(name.substr(0, 200)));
    else if (!to.white_list.empty() && to.white_list != it->second) from.fail("middlewares", "two lists would both have to hold; make one of them");
    else to.white_list = it->second;
  }
}

}  // namespace

tcp_reading read_tcp(section& from, const options& names) {
  tcp_reading out;
  out.services = read_services<model::tcp_service>(from, "tcp");
  const address_lists lists = read_middlewares(from);
  from.each("routers", [&](const std::string& name, section& s) {
    model::tcp_router r;
    r.name = name;
    r.service = service_of(s, out.services);
    read_rule(s, r);
    pass_middlewares(s, lists, r);
    r.entry_points = entry_points_of(s, model::protocol::tcp, name, names);
    if (!r.entry_points.empty()) out.routers.push_back(std::move(r));
  });
  return out;
}

udp_reading read_udp(section& from, const options& names) {
  udp_reading out;
  out.services = read_services<model::udp_service>(from, "udp");
  from.each("routers", [&](const std::string& name, section& s) {
    model::udp_router r;
    r.name = name;
    r.service = service_of(s, out.services);
    r.entry_points = entry_points_of(s, model::protocol::udp, name, names);
    if (!r.entry_points.empty()) out.routers.push_back(std::move(r));
  });
  return out;
}

}  // namespace waggle::discovery::file
