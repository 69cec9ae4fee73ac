// Figures of what is served below HTTP, by service and server, copied out of the workers and summed up. Plain values; TCP and UDP have
// one shape.
#pragma once

#include <waggle/model/protocol.hpp>
#include <waggle/model/service/persistence.hpp>
#include <waggle/model/service/scheduler.hpp>
#include <waggle/model/service/server.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy {

/// As they were on the clients' side of the wire, with headers. They never fall.
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
  std::uint64_t persistent = 0;            ///< entries of persistence that lead to it, if they were asked for
  std::uint64_t connects = 0, connect_failures = 0;
  layer4_counts counts{};
  std::string_view trouble{};  ///< the last failure, in words (static text); empty: none
  double trouble_age = 0;      ///< seconds
};

/// Where a service's clients come in.
struct layer4_entrance {
  std::string entry_point;       ///< "pg"
  std::string address;           ///< where it listens: "10.0.0.1:5432"; all addresses: "0.0.0.0:5432", as an operator means it who wrote ":5432"
  std::vector<std::string> sni;  ///< names and patterns that its router asks for; empty: none, or any
};

/// What became of clients or datagrams, by why.
struct layer4_reason {
  std::string_view why{};  ///< static text
  std::uint64_t count = 0;
};

struct layer4_service_figures {
  // Of the table that layer4_figures keeps, and never null.
  std::string_view key{};  ///< "docker/pg"
  std::string_view name{};
  const model::scheduling* scheduling = nullptr;
  const std::optional<model::persistence>* persistence = nullptr;
  std::string_view swarm_service{};  ///< empty: not of the swarm's

  model::protocol protocol = model::protocol::tcp;
  std::vector<layer4_entrance> entrances{};           ///< one for each router and entry point; empty: nobody leads here
  std::uint32_t max_conn = 0, max_conn_resume = 0;    ///< of each server; 0: no limit
  std::chrono::milliseconds idle{0}, half_closed{0};  ///< limits; 0: none
  bool one_packet = false;                            ///< UDP: each datagram is shared out anew

  std::uint64_t open = 0;                                                          ///< connections, with those that have no server yet
  std::uint64_t refused_white_list = 0, refused_no_server = 0, refused_share = 0;  ///< clients that were cut off, and why
  std::uint64_t holds = 0;                                                         ///< clients that had to wait for a server
  std::vector<layer4_reason> drops{};                                              ///< UDP: datagrams that went nowhere
  layer4_counts counts{};
  std::vector<layer4_server_figures> servers{};
};

struct layer4_figures {
  std::shared_ptr<const void> kept{};  ///< what views and pointers lead into
  std::uint64_t generation = 0;        ///< the table's; 0: there is none
  std::size_t workers = 0;
  std::vector<layer4_service_figures> tcp{};  ///< in the table's order
  std::vector<layer4_service_figures> udp{};
  struct {
    std::uint64_t entries = 0;               ///< clients' networks that are remembered
    std::uint64_t evicted = 0, refused = 0;  ///< for want of room: entries, and clients that were not remembered
  } persistence{};
};

/// What may cost more than reading counters.
struct layer4_wishes {
  enum class open_connections : std::uint8_t {
    as_known,  ///< what has gone over them was counted when it was asked for last
    moved,     ///< the kernel is asked about those that something was relayed over since
    all        ///< … about all. Cost: a system call each, 1,000 in a turn of a worker's loop; not twice within a second
  };
  open_connections open = open_connections::all;
  bool persistence = false;  ///< entries are counted by server. Cost: O(entries)
};

/// One connection that is open.
struct layer4_connection {
  model::protocol protocol = model::protocol::tcp;
  std::string service;             ///< key
  std::string entry_point, local;  ///< as layer4_entrance
  std::string client;              ///< address, no brackets: by the connection, or as a PROXY header has told
  std::uint16_t client_port = 0;
  std::string server;  ///< "10.0.0.5:5432"
  bool half_closed = false;
  std::optional<std::chrono::seconds> expires_in;  ///< none: without limit
};

}  // namespace waggle::proxy
