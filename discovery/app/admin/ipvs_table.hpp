// The tables of "waggle status --ipvs": what ipvsadm 1.31 prints of the kernel's virtual servers, byte for byte, of waggle's own.
// From plain values to text; it asks nobody and counts nothing. tests/golden/ipvs holds what the real program prints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::app::admin::ipvs {

enum class transport : std::uint8_t { tcp, udp };

/// Address and port as numbers in text; IPv6 without brackets, an IPv4 address in IPv6 as IPv4.
struct endpoint {
  std::string address;
  std::uint16_t port = 0;
};

/// What is counted, since the start, or how much of it in a second.
struct figures {
  std::uint64_t connections = 0, in_packets = 0, out_packets = 0, in_bytes = 0, out_bytes = 0;
  bool operator==(const figures&) const = default;
};

struct server {
  endpoint at;
  std::uint32_t weight = 1;  ///< 0: quiesced
  std::uint32_t active = 0, inactive = 0;
  std::uint32_t persistent = 0;               ///< entries of persistence that name it
  std::uint32_t max_conn = 0, resume_at = 0;  ///< ipvsadm's upper and lower threshold; 0: none
  figures total, rate;
  std::string service, task, slot, node;  ///< for --names; "": not known
};

struct persistence {
  std::uint32_t seconds = 300;
  std::uint8_t bits_v4 = 32, bits_v6 = 128;  ///< of a client's address that count
};

struct virtual_service {
  transport protocol = transport::tcp;
  endpoint at;                             ///< where it listens
  std::string scheduler;                   ///< "rr", "mh", …
  bool fallback = false, by_port = false;  ///< of sh and mh
  std::optional<ipvs::persistence> persistence;
  bool one_packet = false;
  std::vector<std::string> sni;
  std::string name;  ///< for --names
  figures total, rate;
  std::vector<server> servers;
};

struct connection {
  transport protocol = transport::tcp;
  std::optional<std::uint32_t> expires_in;  ///< seconds; none: without limit
  std::string_view state;                   ///< "ESTABLISHED", "FIN_WAIT", "UDP"
  endpoint source, local, destination;
};

enum class view : std::uint8_t { plain, stats, rate, thresholds, persistent };

struct table_format {
  view what = view::plain;
  bool exact = false;  ///< numbers of more than eight digits in full, not as K, M, G, T
  bool names = false;  ///< Swarm's names behind each line
};

inline constexpr std::size_t most_connections = 10'000;  ///< lines that connections_text() writes

/// The first line of each table but timeouts_text(), which ipvsadm begins with the kernel's version.
std::string heading(std::string_view version, std::size_t workers);
/// The whole table, sorted.
std::string table_text(std::string_view heading, std::span<const virtual_service> services, const table_format& format);
// … and its parts.
std::string table_head(std::string_view heading, view what);
/// As ipvsadm has them: by protocol, address and port, as numbers.
void sort(std::vector<virtual_service>& services);
/// Its line and those of its servers, which are sorted.
void append_service(std::string& out, const virtual_service& s, const table_format& format);
/// In the order given.
std::string connections_text(std::string_view heading, std::span<const connection> connections);
/// In seconds; 0: no limit.
std::string timeouts_text(std::uint32_t tcp, std::uint32_t half_closed, std::uint32_t udp);

}  // namespace waggle::app::admin::ipvs
