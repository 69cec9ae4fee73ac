// Values of the labels of TCP and UDP services. What is wrong is an error: an address that may come in by a mistyped list, or a database
// behind a scheduler that nobody asked for, is worse than no route. The slot keeps what it had.
#pragma once

#include "labels/label_notes.hpp"
#include "labels/label_use.hpp"
#include "labels/waggle/layer4_target.hpp"

#include <waggle/model/service/persistence.hpp>
#include <waggle/model/service/scheduler.hpp>
#include <waggle/model/service/tcp_health_check.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery::waggle_labels {

struct whole_range {
  std::uint32_t least, most;
};
struct time_range {
  std::chrono::milliseconds least, most;
  bool or_zero = false;    ///< 0 as well: none
  std::string_view words;  ///< "10ms to 60s"
};

/// An error of this label.
void refuse(label_notes& notes, const label_use& use, std::string text, std::string fix);

void read_port(label_notes& notes, const label_use& use, std::uint16_t& slot);
void read_whole(label_notes& notes, const label_use& use, const whole_range& range, std::uint32_t& slot);
void read_time(label_notes& notes, const label_use& use, const time_range& range, std::chrono::milliseconds& slot);
void read_flag(label_notes& notes, const label_use& use, bool& slot);
/// Letters, digits, dot, dash and underscore; 128 bytes at most.
void read_name(label_notes& notes, const label_use& use, std::string& slot);
void read_names(label_notes& notes, const label_use& use, std::vector<std::string>& slot);
/// Addresses and CIDR blocks.
void read_addresses(label_notes& notes, const label_use& use, std::vector<std::string>& slot);
/// Names of HostSNI in small letters: "db.example", "*.db.example"; "*" makes the list empty.
void read_server_names(label_notes& notes, const label_use& use, std::vector<std::string>& slot);
void read_protocols(label_notes& notes, const label_use& use, std::vector<std::string>& slot);

void read_scheduler(label_notes& notes, const label_use& use, std::optional<model::scheduler>& slot);
void read_scheduler_flags(label_notes& notes, const label_use& use, model::scheduling& slot);
/// A duration; "true": the default; "false": none.
void read_persistence(label_notes& notes, const label_use& use, std::optional<model::persistence>& slot, bool& asked);
/// Bits of a prefix, or for IPv4 a mask: "255.255.255.0".
void read_netmask(label_notes& notes, const label_use& use, std::uint8_t most, std::uint8_t& slot);
/// 1 or 2; 0 and "off": none.
void read_proxy_protocol(label_notes& notes, const label_use& use, std::uint8_t& slot);
/// Bytes in Go's escapes, 4 KiB at most.
void read_bytes(label_notes& notes, const label_use& use, std::string& slot);
/// The same, or a regular expression behind "~".
void read_expected(label_notes& notes, const label_use& use, model::tcp_health_check& slot);
void read_on_down(label_notes& notes, const label_use& use, model::on_server_down& slot);
/// Nothing but "none" is served.
void read_offload(label_notes& notes, const label_use& use);

}  // namespace waggle::discovery::waggle_labels
