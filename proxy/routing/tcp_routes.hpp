// Which TCP router takes a connection: by entry point, by the client's address and by what its ClientHello says. Compiled once a
// publish, immutable, shared by workers and by tables whose routers did not change. Knows no socket.
#pragma once

#include "io/address.hpp"
#include "tls/client_hello.hpp"

#include <waggle/base/result.hpp>
#include <waggle/model/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace re2 {
class RE2;
}

namespace waggle::proxy::routing {

struct tcp_router {
  std::string name, label;  ///< label: "provider/name"
  std::size_t service = 0;  ///< place in the table's list
  bool tls_only = false;    ///< not for who does not begin with a ClientHello
  bool open_to_all = true;
  io::ip_ranges white_list{};  ///< … else to these
  bool any_client = true;
  io::ip_ranges clients{};           ///< … else it is asked for these only, and others are asked next
  std::vector<std::string> names{};  ///< as they are compared: in small letters, no final dot; "*" among them: any
  std::vector<std::shared_ptr<const re2::RE2>> patterns{};
  std::shared_ptr<const model::tcp_router> source;
};

/// The router, but for its service; or why it cannot be served.
base::text_result<tcp_router> make_tcp_router(const std::string& provider, std::shared_ptr<const model::tcp_router> from);

/// What is known of a connection.
struct tcp_question {
  io::ip_bytes client{};
  bool tls = false;        ///< a ClientHello came; the rest is what it says
  std::string_view sni{};  ///< in small letters, no final dot; empty: none
  tls::alpn_list alpn{};
};

/// Routers of one entry point.
class tcp_entry_routes {
 public:
  /// @param routers  of the table; their order decides among equals.
  tcp_entry_routes(const std::vector<tcp_router>& routers, const std::vector<std::size_t>& of_entry);

  /// @return the router's place in the list; -1: none takes it. Higher priority first; then an exact name, the longest wildcard, a
  /// regular expression, any name; then who asks for more.
  int find(const std::vector<tcp_router>& routers, const tcp_question& asked) const;
  /// Routing needs to see whether TLS comes, and what its ClientHello says.
  bool reads_hello() const noexcept { return reads_hello_; }
  /// The place of the router that asks for least; -1: there is none.
  int least_specific() const noexcept { return rows_.empty() ? -1 : static_cast<int>(rows_.back().router); }
  bool empty() const noexcept { return rows_.empty(); }

 private:
  /// One way in which a router can be meant.
  struct row {
    std::size_t router = 0;
    std::shared_ptr<const re2::RE2> pattern{};
  };
  using row_list = std::vector<std::uint32_t>;  ///< ascending: best first
  int first_that_fits(const std::vector<tcp_router>& routers, const row_list& rows, const tcp_question& asked) const;

  std::vector<row> rows_;                                       ///< best first
  std::unordered_map<std::string, row_list> exact_, wildcard_;  ///< wildcard: by what follows the "*."
  row_list patterns_, any_;
  bool reads_hello_ = false;
};

/// All routers of a table.
struct tcp_routes {
  std::vector<tcp_router> routers;
  std::vector<tcp_entry_routes> entries;  ///< by entry point; without routers for those that are not TCP
};

}  // namespace waggle::proxy::routing
