// route configurations → table. Keeps what did not change (by value), gives dense numbers, says what cannot be wired.
#pragma once

#include "affinity/opaque.hpp"
#include "affinity/slot_history.hpp"
#include "health/prober.hpp"
#include "routing/compile_tcp.hpp"
#include "routing/compile_udp.hpp"
#include "routing/numbers.hpp"
#include "routing/table.hpp"
#include "routing/wiring_log.hpp"

#include <waggle/base/log.hpp>
#include <waggle/model/configuration.hpp>
#include <waggle/proxy/options.hpp>
#include <waggle/proxy/server.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace waggle::proxy::routing {

class middleware_finder;

/// Owns the memory between publishes: the last table and the dense numbers. Not thread-safe; one caller.
class compiler {
 public:
  compiler(const options& opts, base::logger& log) : options_(opts), log_(log), key_(opts.sticky_key) {}

  struct outcome {
    std::shared_ptr<const table> next;
    std::vector<skipped_router> skipped;
    std::vector<health::target> checks;  ///< every server that a label wants to be asked
  };
  /// Logs Traefik 1's wiring lines at debug level for what was (re)built.
  /// Cost: of the backends that changed, if nothing but their servers did; else of all.
  outcome compile(const std::vector<model::provider_configuration>& providers, base::mono_time now = {});

 private:
  base::text_result<std::shared_ptr<const backend>> build_backend(const std::string& key, std::shared_ptr<const model::service> from);
  // Its parts. Numbers are taken last, when nothing can fail any more.
  base::text_result<io::socket_address> address_of(const model::server& s) const;
  server make_server(const backend& of, const model::server& from, const io::socket_address& address);
  io::time_ms joined_before(const std::string& backend_key, const base::shared_text& server_key) const;
  void make_sticky(backend& b);
  void set_times(backend& b) const;
  void take_numbers(backend& b);
  /// What a router is to be built from.
  struct router_parts {
    const std::string& provider;
    std::shared_ptr<const model::router> source;
    middlewares made_of;
    std::shared_ptr<const backend> to;
    std::vector<error_page> pages;
  };
  base::text_result<std::shared_ptr<const frontend>> build_frontend(router_parts from);
  base::text_result<void> build_rules(frontend& out, base::logger& log) const;
  using wired_frontends = std::unordered_map<std::string, std::vector<model::frontend>>;  ///< by backend, in Traefik 1's words
  void log_wiring(const model::http_configuration& all, const model::router& r, wiring how, const wired_frontends& earlier);
  using backend_map = std::unordered_map<std::string, std::shared_ptr<const backend>>;       ///< by key
  using backend_finder = std::function<std::shared_ptr<const backend>(const std::string&)>;  ///< by key; null: none
  void add_health_targets(std::vector<health::target>& to, const model::provider_configuration& p, const backend_finder& find);
  void collect_removed(table& t, const backend_map& next);
  void say_reloaded();

  /// Gives its numbers back; `told` hears which of them nobody has any more.
  void release_ids(const backend& b, table* told);

  /// The last compile, for the next to change.
  struct standing {
    static constexpr std::size_t nowhere = ~std::size_t{0};
    std::vector<model::provider_configuration> providers;
    std::vector<std::vector<std::size_t>> backend_at{};  ///< of each provider: where its backends are in the table
    std::vector<const backend*> to{};                    ///< of each of the table's frontends
    std::vector<std::size_t> provider_of{};              ///< likewise
    std::vector<std::size_t> paged{};                    ///< frontends that want error pages
    std::vector<skipped_router> skipped{};               ///< but for those of TCP and UDP
    std::shared_ptr<const table> last{};
  };
  /// A table that is being made, with what it is made from and what will be kept of it.
  struct draft {
    standing kept;
    outcome out;
    std::shared_ptr<table> next = std::make_shared<table>();
    backend_map backends;
    std::unordered_map<std::string, std::shared_ptr<const frontend>> frontends;
    std::unordered_map<std::string, model::parts<model::middleware>> middlewares;
    std::unordered_map<std::string, std::string> broken;  ///< backend key → reason
    std::set<std::string> complaints;
    std::shared_ptr<const backend> find(const std::string& key) const {
      const auto it = backends.find(key);
      return it == backends.end() ? nullptr : it->second;
    }
  };
  void add_backends(draft& d, const model::provider_configuration& p);
  void add_frontends(draft& d, const model::provider_configuration& p, std::size_t provider);
  base::text_result<std::shared_ptr<const frontend>> keep_or_build(draft& d, const model::provider_configuration& p, std::size_t i,
                                                                   const std::string& key, middleware_finder& named, wired_frontends& wired);
  std::string why_no_backend(const draft& d, const model::provider_configuration& p, const model::router& f, const std::string& key,
                             const wired_frontends& wired);
  outcome adopt(draft d);

  struct replaced {
    std::size_t provider = 0, at = 0;  ///< place in the table
    std::shared_ptr<const model::service> source;
    std::shared_ptr<const backend> was, is;
  };
  static std::optional<std::vector<replaced>> replacements(const standing& known, const std::vector<model::provider_configuration>& providers);
  /// What is put into the last table.
  struct patch {
    std::vector<replaced> changed;
    std::unordered_map<const backend*, std::shared_ptr<const backend>> renewed{};      ///< by what it was
    std::vector<std::pair<std::size_t, std::shared_ptr<const frontend>>> frontends{};  ///< by their place
  };
  /// The backend of that key as it will be; null: none.
  std::shared_ptr<const backend> find_with(const patch& new_ones, const std::string& key) const;
  /// Builds what is new. @return false: something cannot be built; numbers were taken for what was.
  bool build_patch(patch& p, const standing& known, const std::vector<model::provider_configuration>& providers);
  /// @return none: more changed than servers of backends.
  std::optional<outcome> mend(standing& known, const std::vector<model::provider_configuration>& providers);

  const options& options_;
  base::logger& log_;
  std::optional<standing> standing_;
  backend_map backends_;                                                          ///< "provider/name"
  std::unordered_map<std::string, std::shared_ptr<const frontend>> frontends_;    ///< "provider/identity"
  std::unordered_map<std::string, model::parts<model::middleware>> middlewares_;  ///< by provider: what those frontends were made of
  std::set<std::string> complained_;                                              ///< of error pages, at the last compile
  numbers server_numbers_, backend_numbers_;
  tcp_compiler tcp_{options_, server_numbers_};
  udp_compiler udp_{options_, server_numbers_};
  middleware::limit_registry limits_;
  /// Health by server and backend: outlives tables, and backends whose options change.
  struct health_memory {
    std::unordered_map<std::string, std::shared_ptr<plan::server_health>> held;
    std::shared_ptr<plan::server_health> get(const std::string& key, plan::health_verdict first);
    void sweep();
  } health_;
  affinity::opaque_key key_;
  affinity::slot_history succession_;
  base::mono_time now_{};
  std::uint64_t generation_ = 0;
};

}  // namespace waggle::proxy::routing
