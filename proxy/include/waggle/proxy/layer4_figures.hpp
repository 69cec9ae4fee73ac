// Figures of TCP and UDP services by service and server, copied out of the workers and summed up. Plain values of one shape.
#pragma once

#include <waggle/model/protocol.hpp>
#include <waggle/model/tcp.hpp>
#include <waggle/model/udp.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace waggle::proxy {

/// As they were on the clients' side of the wire, with headers; TCP: of connections that have ended, but for the first. UDP: connections are
/// sessions, with onePacket datagrams.
struct layer4_counts {
  std::uint64_t connections = 0;
  std::uint64_t packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0;
};

struct layer4_server_figures {
  // Of the table that layer4_figures keeps.
  std::string_view address{};             ///< "10.0.0.5:5432"
  const model::server* source = nullptr;  ///< never null
  std::uint32_t weight = 1;
  bool leaving = false;                    ///< its task ends: nobody new
  bool held = false;                       ///< some worker leaves it alone for a while, after failed connects
  std::uint64_t active = 0, inactive = 0;  ///< open connections; inactive: half closed
  std::uint64_t connects = 0, connect_failures = 0;
  layer4_counts counts{};
  std::string_view trouble{};  ///< the last failure, in words (static text); empty: none
};

/// What became of datagrams, by why.
struct layer4_reason {
  std::string_view why{};  ///< static text
  std::uint64_t count = 0;
};

struct layer4_service_figures {
  std::string_view key{};  ///< "docker/pg"
  model::protocol protocol = model::protocol::tcp;
  const model::tcp_service* source = nullptr;                                      ///< of TCP; else null
  const model::udp_service* udp_source = nullptr;                                  ///< of UDP; else null
  std::uint64_t open = 0;                                                          ///< connections, with those that have no server yet; UDP: sessions
  std::uint64_t refused_white_list = 0, refused_no_server = 0, refused_share = 0;  ///< clients that were cut off, and why
  std::uint64_t holds = 0;                                                         ///< clients that had to wait for a server
  std::vector<layer4_reason> drops{};                                              ///< UDP: datagrams that went nowhere, and evicted sessions
  layer4_counts counts{};
  std::vector<layer4_server_figures> servers{};
};

struct layer4_figures {
  std::shared_ptr<const void> kept{};         ///< what views and pointers lead into
  std::uint64_t generation = 0;               ///< the table's; 0: there is none
  std::vector<layer4_service_figures> tcp{};  ///< in the table's order
  std::vector<layer4_service_figures> udp{};
  struct {
    std::uint64_t entries = 0;               ///< clients' networks that are remembered
    std::uint64_t evicted = 0, refused = 0;  ///< for want of room: entries, and clients that were not remembered
  } persistence{};
};

}  // namespace waggle::proxy
