#include "admin/ipvs_table.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <utility>

namespace waggle::app::admin::ipvs {
namespace {

template <class... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

bool is_v6(const endpoint& e) noexcept { return e.address.find(':') != std::string::npos; }

/// IPv4 before IPv6, then by number.
auto order(const endpoint& e) {
  std::array<unsigned char, 16> number{};
  const bool v6 = is_v6(e);
  inet_pton(v6 ? AF_INET6 : AF_INET, e.address.c_str(), number.data());
  return std::tuple(v6, number, e.port);
}

std::string text_of(const endpoint& e) { return is_v6(e) ? fmt::format("[{}]:{}", e.address, e.port) : fmt::format("{}:{}", e.address, e.port); }
const char* text_of(transport t) noexcept { return t == transport::tcp ? "TCP" : "UDP"; }

/// Names of strangers: one word each, that does not move the terminal's cursor.
std::string word(std::string_view s) {
  std::string out(s);
  const auto at = [&out](std::size_t i) { return i < out.size() ? static_cast<unsigned char>(out[i]) : 0u; };
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (at(i) <= 0x20 || at(i) == 0x7F) out[i] = '?';
    if (at(i) == 0xC2 && at(i + 1) >= 0x80 && at(i + 1) < 0xA0) out[i] = out[i + 1] = '?';  // U+0080 to U+009F: some terminals obey them
  }
  return out;
}

void put_name(std::string& out, const char* key, std::string_view value) {
  if (!value.empty()) put(out, " {}={}", key, word(value));
}

void put_number(std::string& out, std::uint64_t n, bool exact) {
  constexpr std::uint64_t thousand = 1'000, million = 1'000'000, billion = 1'000'000'000, trillion = 1'000'000'000'000;
  if (exact) {
    const std::string digits = std::to_string(n);
    put(out, "{:>{}}", digits, digits.size() <= 8 ? 9 : digits.size() + 1);
  } else if (n < 100 * million) {
    put(out, "{:>9}", n);
  } else if (n < billion) {
    put(out, "{:>8}K", n / thousand);
  } else if (n < 100 * billion) {
    put(out, "{:>8}M", n / million);
  } else if (n < 100 * trillion) {
    put(out, "{:>8}G", n / billion);
  } else {
    put(out, "{:>8}T", n / trillion);
  }
}

void put_figures(std::string& out, const figures& f, bool exact) {
  for (const std::uint64_t n : {f.connections, f.in_packets, f.out_packets, f.in_bytes, f.out_bytes}) put_number(out, n, exact);
}

void put_title(std::string& out, view what) {
  constexpr std::string_view service = "Prot LocalAddress:Port", server = "  -> RemoteAddress:Port";
  switch (what) {
    case view::plain: put(out, "{} Scheduler Flags\n{}           Forward Weight ActiveConn InActConn\n", service, server); break;
    case view::stats:
      put(out, "{:<33} {:>8} {:>8} {:>8} {:>8} {:>8}\n{}\n", service, "Conns", "InPkts", "OutPkts", "InBytes", "OutBytes", server);
      break;
    case view::rate: put(out, "{:<33} {:>8} {:>8} {:>8} {:>8} {:>8}\n{}\n", service, "CPS", "InPPS", "OutPPS", "InBPS", "OutBPS", server); break;
    case view::thresholds:
      put(out, "{:<33} {:<10} {:<10} {:<10} {:<10}\n{}\n", service, "Uthreshold", "Lthreshold", "ActiveConn", "InActConn", server);
      break;
    case view::persistent:
      put(out, "{:<33} {:<9} {:<11} {:<10} {:<10}\n{}\n", service, "Weight", "PersistConn", "ActiveConn", "InActConn", server);
      break;
  }
}

std::string netmask(unsigned bits) {
  const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - std::min(bits, 32u));
  return fmt::format("{}.{}.{}.{}", mask >> 24, mask >> 16 & 0xFF, mask >> 8 & 0xFF, mask & 0xFF);
}

void put_flags(std::string& out, const virtual_service& s) {
  const std::string scheduler = word(s.scheduler);
  put(out, " {}", scheduler);
  if ((scheduler == "sh" || scheduler == "mh") && (s.fallback || s.by_port))
    put(out, " ({0}{1}{2}{3})", s.fallback ? scheduler : "", s.fallback ? "-fallback" : "", s.fallback && s.by_port ? "," : "",
        s.by_port ? scheduler + "-port" : "");
  if (s.persistence) {
    put(out, " persistent {}", s.persistence->seconds);
    // An IPv6 socket of ours has IPv4 clients as well, which IPVS's has not.
    if (s.persistence->bits_v4 != 32) put(out, " mask {}", netmask(s.persistence->bits_v4));
    if (is_v6(s.at) && s.persistence->bits_v6 != 128) put(out, " mask {}", s.persistence->bits_v6);
  }
  if (s.one_packet) out += " ops";
  for (std::size_t i = 0; i < s.sni.size(); ++i) put(out, "{}{}", i == 0 ? " sni=" : ",", word(s.sni[i]));
}

void put_service(std::string& out, const virtual_service& s, const table_format& f) {
  const std::string name = fmt::format("{:<4} {}", text_of(s.protocol), text_of(s.at));
  if (f.what == view::stats || f.what == view::rate) {
    put(out, "{:<33}", name);
    put_figures(out, f.what == view::stats ? s.total : s.rate, f.exact);
  } else {
    out += name;
    put_flags(out, s);
  }
  if (f.names) put_name(out, "service", s.name);
  out += '\n';
}

void put_server(std::string& out, const server& d, const table_format& f) {
  put(out, "  -> {:<28}", text_of(d.at));
  switch (f.what) {
    case view::plain: put(out, " {:<7} {:<6} {:<10} {:<10}", "Masq", d.weight, d.active, d.inactive); break;
    case view::stats: put_figures(out, d.total, f.exact); break;
    case view::rate:  // these three in full always, as ipvsadm has it
      put(out, " {:>8} {:>8} {:>8}", d.rate.connections, d.rate.in_packets, d.rate.out_packets);
      put_number(out, d.rate.in_bytes, f.exact);
      put_number(out, d.rate.out_bytes, f.exact);
      break;
    case view::thresholds: put(out, " {:<10} {:<10} {:<10} {:<10}", d.max_conn, d.resume_at, d.active, d.inactive); break;
    case view::persistent: put(out, " {:<9} {:<11} {:<10} {:<10}", d.weight, d.persistent, d.active, d.inactive); break;
  }
  if (f.names) {
    put_name(out, "service", d.service);
    put_name(out, "task", d.task);
    put_name(out, "slot", d.slot);
    put_name(out, "node", d.node);
  }
  out += '\n';
}

}  // namespace

std::string heading(std::string_view version, std::size_t workers) { return fmt::format("waggle {} virtual servers (workers={})", version, workers); }

std::string table_head(std::string_view heading, view what) {
  std::string out(heading);
  out += '\n';
  put_title(out, what);
  return out;
}

void sort(std::vector<virtual_service>& services) {
  // ipvsadm puts all of IPv4 before IPv6, and there TCP before UDP.
  const auto place = [](const virtual_service& s) { return std::tuple(is_v6(s.at), s.protocol, order(s.at), std::string_view(s.name)); };
  std::stable_sort(services.begin(), services.end(), [&](const virtual_service& a, const virtual_service& b) { return place(a) < place(b); });
  for (virtual_service& s : services)
    std::stable_sort(s.servers.begin(), s.servers.end(), [](const server& a, const server& b) { return order(a.at) < order(b.at); });
}

void append_service(std::string& out, const virtual_service& s, const table_format& format) {
  put_service(out, s, format);
  for (const server& d : s.servers) put_server(out, d, format);
}

std::string table_text(std::string_view heading, std::span<const virtual_service> services, const table_format& format) {
  std::string out = table_head(heading, format.what);
  std::vector<virtual_service> sorted(services.begin(), services.end());
  sort(sorted);
  for (const virtual_service& s : sorted) append_service(out, s, format);
  return out;
}

std::string connections_text(std::string_view heading, std::span<const connection> connections) {
  std::string out(heading);
  put(out, "\npro expire {:<11} {:<18} {:<18} {}\n", "state", "source", "virtual", "destination");
  for (const connection& c : connections.first(std::min(connections.size(), most_connections))) {
    const std::string expires = c.expires_in ? fmt::format("{:02}:{:02}", *c.expires_in / 60, *c.expires_in % 60) : "--:--";
    put(out, "{:<3} {:<6} {:<11} {:<18} {:<18} {}\n", text_of(c.protocol), expires, c.state, text_of(c.source), text_of(c.local),
        text_of(c.destination));
  }
  return out;
}

std::string timeouts_text(std::uint32_t tcp, std::uint32_t half_closed, std::uint32_t udp) {
  return fmt::format("Timeout (tcp tcpfin udp): {} {} {}\n", tcp, half_closed, udp);
}

}  // namespace waggle::app::admin::ipvs
