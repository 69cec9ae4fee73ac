#include "start_lines.hpp"

#include "admin/health_figures.hpp"

#include <waggle/base/log.hpp>

#include <fmt/format.h>

#include <vector>

namespace waggle::app {
namespace {

std::string words(const proxy::trust& t) { return fmt::format("{{Insecure:{} TrustedIPs:[{}]}}", t.everyone, fmt::join(t.ranges, " ")); }

std::string list(const std::vector<std::string>& texts) {
  if (texts.empty()) return "null";
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? '[' : ',') + base::go_quote(text);
  return out + ']';
}

}  // namespace

std::string preparing_line(const proxy::entry_point& entry, const proxy::timeouts& times) {
  return fmt::format(
      "Preparing server {} &{{Address:{} ProxyProtocol:{} ForwardedHeaders:{}}} with readTimeout={} "
      "writeTimeout={} "
      "idleTimeout={}",
      entry.name, written_address(entry), words(entry.proxy_protocol), words(entry.forwarded_headers), admin::go_duration(times.request_head),
      admin::go_duration(times.client_write), admin::go_duration(times.keep_alive));
}

std::string docker_provider_line(const discovery::options& o) {
  const bool tls = !o.tls.ca.empty() || !o.tls.cert.empty() || o.tls.insecure_skip_verify;
  return fmt::format(
      "Starting provider *docker.Provider "
      "{{\"Watch\":{},\"Constraints\":{},\"Endpoint\":{},\"Domain\":{},\"TLS\":{},"
      "\"ExposedByDefault\":{},\"SwarmMode\":{},\"Network\":{},\"SwarmModeRefreshSeconds\":{}}}",
      o.watch, list(o.constraints), base::go_quote(o.endpoint), base::go_quote(o.domain), tls ? "{}" : "null", o.exposed_by_default, o.swarm_mode,
      base::go_quote(o.network), o.refresh.count());
}

std::string file_provider_line(const discovery::file_options& o) {
  // In Traefik the configuration file itself is not called Filename.
  const std::string own = base::go_quote(o.filename), none = "\"\"";
  return fmt::format("Starting provider *file.Provider {{\"Watch\":{},\"Filename\":{},\"Directory\":\"\",\"TraefikFile\":{}}}", o.watch,
                     o.among_options ? none : own, o.among_options ? own : none);
}

}  // namespace waggle::app
