// tcp configurations → the table's part for TCP. What did not change is kept, by value; a service whose servers changed costs itself
// and a pointer for each other one.
#pragma once

#include "affinity/opaque.hpp"
#include "routing/numbers.hpp"
#include "routing/table.hpp"

#include <waggle/base/clock.hpp>
#include <waggle/base/result.hpp>
#include <waggle/model/configuration.hpp>
#include <waggle/proxy/options.hpp>
#include <waggle/proxy/server.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace waggle::proxy::routing {

/// Owns what it made last, and what outlives publishes. Not thread-safe; one caller.
class tcp_compiler {
 public:
  /// @param servers  numbers that HTTP's servers have as well: workers keep both in one list.
  tcp_compiler(const options& opts, numbers& servers);

  /// The TCP part of `to`, with its departed servers added to those that are there.
  /// @param skipped  gets the routers that cannot be served.
  void compile(const std::vector<model::provider_configuration>& providers, base::mono_time now, table& to, std::vector<skipped_router>& skipped);

 private:
  using service_ptr = std::shared_ptr<const plan::tcp_service>;
  struct known_service {
    service_ptr made;
    std::string broken{};  ///< why there is none
    std::shared_ptr<const model::tcp_service> source{};
  };
  using service_map = std::unordered_map<std::string, known_service>;  ///< by key
  /// What outlives a service's versions, as long as anybody has it.
  struct lasting {
    std::unordered_map<std::string, std::shared_ptr<schedule::connection_counts>> counts;  ///< by server
    std::unordered_map<std::string, std::shared_ptr<schedule::shared_state>> turns;        ///< by service
    void sweep();
  };

  void keep(table& to, std::vector<skipped_router>& skipped) const;
  known_service keep_or_build(const std::string& key, std::shared_ptr<const model::tcp_service> from);
  base::text_result<service_ptr> build(const std::string& key, std::shared_ptr<const model::tcp_service> from);
  plan::tcp_server make_server(const plan::tcp_service& of, const model::server& from, const io::socket_address& address) const;
  void add_services(const model::provider_configuration& p, table& to, service_map& next, std::unordered_map<std::string, std::size_t>& places);
  void depart(const service_map& next, table& to);
  void depart_one(const plan::tcp_service& was, const plan::tcp_service* is, table& to);
  void note_leaving(const plan::tcp_service& was, const plan::tcp_service& is, tcp_table& to) const;
  std::shared_ptr<const tcp_routes> make_routes(const std::vector<model::provider_configuration>& providers,
                                                const std::unordered_map<std::string, std::size_t>& places, const service_map& services,
                                                std::vector<skipped_router>& skipped) const;
  bool on_our_entry_points(const model::tcp_router& r) const;

  const options& options_;
  numbers& servers_;
  numbers services_numbers_;
  schedule::key16 hash_key_;
  service_map services_;
  lasting lasting_;
  // What the routes were made of.
  std::vector<model::provider_configuration> made_of_;
  std::vector<service_ptr> list_;  ///< the table's services
  std::vector<std::string> keys_;  ///< … and their keys
  std::shared_ptr<const tcp_routes> routes_ = std::make_shared<const tcp_routes>();
  std::vector<skipped_router> skipped_;
  base::mono_time now_{};
  std::uint64_t arrivals_ = 0;
};

}  // namespace waggle::proxy::routing
