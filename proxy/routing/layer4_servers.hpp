// Servers of TCP and UDP services: model → plan, their numbers, and what of them outlives a publish. It knows neither options of one
// protocol nor routers.
#pragma once

#include "plan/layer4_service.hpp"
#include "routing/numbers.hpp"

#include <waggle/base/clock.hpp>
#include <waggle/base/result.hpp>
#include <waggle/model/service/persistence.hpp>
#include <waggle/model/service/scheduler.hpp>
#include <waggle/model/service/server.hpp>
#include <waggle/proxy/options.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace waggle::proxy::routing {

/// The server with that key; null: there is none.
const plan::layer4_server* find_server(const plan::layer4_service& in, const base::shared_text& key);

/// What a model's service says that both protocols have. Refers to it.
struct layer4_facts {
  const std::vector<model::server>& servers;
  const model::scheduling& scheduling;
  const std::optional<model::persistence>& persistence;
};

/// Not thread-safe; one caller.
class layer4_servers {
 public:
  /// @param protocol  "tcp", "udp": HTTP, TCP and UDP at one port of a task are three servers.
  /// @param servers  numbers that HTTP's servers have as well: workers keep all in one list.
  layer4_servers(const options& opts, numbers& servers, std::string_view protocol);

  /// All of `out` but the numbers: nothing is taken yet. @param out  has key and name. @param was  the service before; null: there was none.
  base::text_result<void> build(plan::layer4_service& out, const layer4_facts& from, const plan::layer4_service* was, base::mono_time now);
  /// When nothing can fail any more.
  void take_numbers(plan::layer4_service& s);

  struct departed {
    std::vector<plan::dense_id> servers, services;  ///< nobody has these numbers any more
    std::vector<plan::dense_id> gone;               ///< … of these servers the task is gone, too, though the service is there; among the servers
  };
  /// Gives back what `was` has. @param is  what has taken its place; null: the service is gone.
  void depart(const plan::layer4_service& was, const plan::layer4_service* is, departed& to);
  /// Forgets what nobody has any more.
  void sweep();

 private:
  plan::layer4_server make_server(const plan::layer4_service& of, const model::server& from, const io::socket_address& address) const;

  const options& options_;
  numbers& servers_;
  numbers services_;
  const std::string protocol_;
  schedule::key16 hash_key_;
  std::unordered_map<std::string, std::shared_ptr<schedule::connection_counts>> counts_;  ///< by server
  std::unordered_map<std::string, std::shared_ptr<schedule::shared_state>> turns_;        ///< by service
  std::uint64_t arrivals_ = 0;
};

}  // namespace waggle::proxy::routing
