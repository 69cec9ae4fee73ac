// Which names are Traefik 1's but not waggle's, and what to do; which known name is nearest to a typing
// error.
#include "options/table.hpp"

#include "options/values.hpp"

#include <waggle/base/edit_distance.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace waggle::app {
namespace {

using enum unserved_kind;

constexpr std::string_view other_provider = "waggle serves Docker only; remove the flag, or keep Traefik for what that provider knows";
constexpr std::string_view later = "waggle does not serve it yet; remove the flag to start without it";
// Ignored where requests are answered just the same without it: who changes over finds the edge up, and what is missing told.
constexpr std::string_view prometheus_only = "waggle has figures for Prometheus only (--metrics.prometheus), whose exporters feed other systems";
constexpr std::string_view no_traces = "waggle sends no traces; the access log and --metrics.prometheus tell how long requests take";
constexpr std::string_view certificates = "waggle does not serve TLS yet; end TLS in front of it and remove the flag";
constexpr std::string_view no_store = "waggle's replicas share nothing and need no store";
constexpr std::string_view no_templates = "waggle has no templates";

constexpr std::string_view tasks_in_clear =
    "waggle speaks plain http to tasks, so there is no certificate to check (services with traefik.protocol=https are not routed, "
    "see waggle check)";

// Traefik 1.7's command line, without what options/table.cpp has.
constexpr std::array rows{
    unserved_row{"acme", certificates},
    unserved_row{"api.statistics", "waggle keeps no list of the last errors; the access log has them", idle},
    unserved_row{"boltdb", no_store, store},
    unserved_row{"cluster", no_store, store},
    unserved_row{"consul", no_store, store},
    unserved_row{"consulcatalog", other_provider},
    unserved_row{"docker.debugloggeneratedtemplate", no_templates, idle},
    unserved_row{"docker.filename", "waggle has no templates; use labels and remove the flag"},
    unserved_row{"docker.templateversion", no_templates, idle},
    unserved_row{"docker.tls.caoptional", "remove the flag; give --docker.tls.ca or --docker.tls.insecureskipverify"},
    unserved_row{"docker.trace", "use --logLevel=DEBUG instead", idle},
    unserved_row{"dynamodb", other_provider},
    unserved_row{"ecs", other_provider},
    unserved_row{"etcd", no_store, store},
    unserved_row{"eureka", other_provider},
    unserved_row{"file.directory", "use --file.filename instead"},
    unserved_row{"hostresolver", "waggle asks no name service while it routes; write the hosts into the rules and remove the flag"},
    unserved_row{"insecureskipverify", tasks_in_clear, idle},
    unserved_row{"kubernetes", other_provider},
    unserved_row{"marathon", other_provider},
    unserved_row{"maxconn", later},
    unserved_row{"mesos", other_provider},
    unserved_row{"metrics.datadog", prometheus_only, idle},
    unserved_row{"metrics.influxdb", prometheus_only, idle},
    unserved_row{"metrics.statsd", prometheus_only, idle},
    unserved_row{"rancher", other_provider},
    unserved_row{"rest", "waggle's API is read-only; routes come from labels and from --file", idle},
    unserved_row{"rootcas", tasks_in_clear, idle},
    unserved_row{"servicefabric", other_provider},
    unserved_row{"tls", certificates},
    unserved_row{"tracing", no_traces, idle},
    unserved_row{"web.auth.forward", "the API asks no other server; use --web.auth.basic.users"},
    unserved_row{"web.certfile", certificates},
    unserved_row{"web.keyfile", certificates},
    unserved_row{"web.metrics.datadog", prometheus_only, idle},
    unserved_row{"web.metrics.influxdb", prometheus_only, idle},
    unserved_row{"web.metrics.statsd", prometheus_only, idle},
    unserved_row{"web.path", "the API has no prefix; remove the flag"},
    unserved_row{"web.statistics", "waggle keeps no list of the last errors; the access log has them", idle},
    unserved_row{"zookeeper", no_store, store},
};

}  // namespace

const unserved_row* find_unserved(std::string_view name) {
  for (const unserved_row& row : rows)
    if (name == row.name || (name.starts_with(row.name) && name[row.name.size()] == '.')) return &row;
  return nullptr;
}

std::string store_sentence(const std::string& named) {
  return named + (named.find(',') == std::string::npos ? " is" : " are") +
         " not needed and ignored: waggle needs no store, for its replicas share nothing, and it reads no routes from one";
}

std::string_view nearest_option(std::string_view name) {
  if (name.size() > 100) return {};  // nobody typed that; keep the cost bounded
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, name.size() / 4) + 1;
  const auto consider = [&](std::string_view known) {
    const std::size_t d = base::edit_distance(name, known, least - 1);
    if (d >= least) return;
    least = d;
    best = known;
  };
  for (const option_row& row : option_table()) consider(row.name);
  for (const option_alias& alias : option_aliases())
    if (!alias.deprecated) consider(alias.name);
  return best;
}

}  // namespace waggle::app
