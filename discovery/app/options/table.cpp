#include "options/table.hpp"

#include "options/entry_point_grammar.hpp"
#include "options/observing.hpp"
#include "options/put.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace waggle::app {
namespace {

using base::text_error;
using outcome = base::text_result<void>;
using text = std::string_view;
using enum option_kind;
using app::put;  // hidden by the ones below otherwise

outcome put(milliseconds& to, text v, milliseconds least = milliseconds{0}) {
  const auto parsed = parse_duration(v);
  if (!parsed) return parsed.error();
  if (*parsed < least) return text_error{"expected a duration of at least " + std::to_string(least.count()) + "ms"};
  to = *parsed;
  return {};
}

outcome put(std::optional<milliseconds>& to, text v) { return put(to.emplace(), v); }

outcome put(unsigned& to, text v, unsigned least, unsigned most) {
  const auto parsed = parse_count(v, least, most);
  if (!parsed) return parsed.error();
  to = *parsed;
  return {};
}

/// Bytes; K, M and G count 1024 each.
outcome put_bytes(std::uint64_t& to, text v, std::uint64_t least) {
  unsigned shift = 0;
  text digits = v;
  if (!v.empty()) {
    const char last = v.back();
    shift = last == 'K' || last == 'k' ? 10 : last == 'M' || last == 'm' ? 20 : last == 'G' || last == 'g' ? 30 : 0;
    if (shift != 0) digits.remove_suffix(1);
  }
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || n > (std::uint64_t{1} << 50) >> shift || n << shift < least)
    return text_error{"expected a number of bytes from " + std::to_string(least) + " on, such as 200000000, 500M or 2G"};
  to = n << shift;
  return {};
}

outcome add_constraints(std::vector<std::string>& to, text v) {
  for (std::string& one : split_list(v)) {
    if (auto ok = check_constraint(one); !ok) return ok;
    to.push_back(std::move(one));
  }
  return {};
}

outcome put_address(std::string& to, text v) {
  if (auto ok = parse_address(v); !ok) return ok.error();
  to = v;
  return {};
}

model::auth_users& web_users(settings& s, std::optional<model::auth_users> model::auth::*kind) {
  auto& users = (s.web.auth ? *s.web.auth : s.web.auth.emplace()).*kind;
  return users ? *users : users.emplace();
}

/// Naming it locks the API, also if no user is named: resolve() refuses that, for it must not open it.
outcome lock_web(settings& s, text v, std::optional<model::auth_users> model::auth::*kind) {
  const auto on = parse_bool(v);
  if (!on) return on.error();
  if (*on) web_users(s, kind);
  return {};
}

outcome add_web_users(settings& s, text v, std::optional<model::auth_users> model::auth::*kind) {
  for (std::string& one : split_list(v)) web_users(s, kind).users.push_back(std::move(one));
  return {};
}

constexpr text general = "General", docker = "Docker Swarm", file = "File provider", entry = "Entry points and proxying", api = "API and health",
               logs = "Log", limits = "Time limits", stop = "Stopping";

constexpr std::array
    rows{
        option_row{general, "configfile", 'c', value, "FILE", "", true,
                   "TOML file with the same options. Without it waggle.toml, then traefik.toml, is looked for in "
                   "/etc/waggle, "
                   "/etc/traefik, $HOME/.traefik and the working directory.",
                   [](settings& s, text v) { return put(s.config_file, v); }},
        option_row{general, "workers", 0, value, "N", "0", false,
                   "Threads that serve traffic. 0: as many CPUs as the process may use (affinity and cgroup).",
                   [](settings& s, text v) { return put(s.workers, v, 0, 1'024); }},
        option_row{general, "compat", 0, value, "traefik1", "", false,
                   "traefik1: exactly as Traefik 1.7, also where waggle is safer by default: forwarding headers "
                   "of everyone are "
                   "believed, and a service without a running task gives 404.",
                   [](settings& s, text v) -> outcome {
                     if (lower(v) != "traefik1") return text_error{"expected traefik1"};
                     s.compat_traefik1 = true;
                     return {};
                   }},
        option_row{general, "constraints", 0, list, "LIST", "", true,
                   "Serve only services whose traefik.tags fit: tag==GLOB or tag!=GLOB, separated by commas.",
                   [](settings& s, text v) { return add_constraints(s.constraints, v); }},
        option_row{general, "providersThrottleDuration", 0, value, "DURATION", "2s", true, "Accepted; waggle applies every change at once.",
                   [](settings&, text v) { return only_check(parse_duration(v)); }},
        option_row{general, "checknewversion", 0, boolean, "", "false", true, "Accepted; waggle never asks the Internet.",
                   [](settings&, text v) { return only_check(parse_bool(v)); }},
        option_row{general, "retry", 0, section, "", "false", true, "Accepted; waggle tries again by itself where that is safe (RFC 9110 9.2.2).",
                   [](settings& s, text v) { return put(s.retry, v); }},
        option_row{general, "retry.attempts", 0, value, "N", "", true,
                   "How often a request is tried in all, where more than once is safe: 1 never again, at most 10; without it 3.",
                   [](settings& s, text v) { return put(s.retry_attempts, v, 0, 1'000'000); }},
        option_row{general, "sendanonymoususage", 0, boolean, "", "false", true, "Accepted; waggle never sends anything.",
                   [](settings&, text v) { return only_check(parse_bool(v)); }},

        option_row{docker, "docker", 0, section, "", "false", true, "Serve the containers of one Engine; with --docker.swarmmode a swarm.",
                   [](settings& s, text v) { return put(s.docker.enabled, v); }},
        option_row{docker, "docker.swarmmode", 0, boolean, "", "false", true, "Serve the services of the swarm, not single containers.",
                   [](settings& s, text v) { return put(s.docker.swarm_mode, v); }},
        option_row{docker, "docker.endpoint", 0, value, "URL", "unix:///var/run/docker.sock", true,
                   "The Engine (for a swarm that of a manager node): unix:///PATH, tcp://HOST:PORT (also http:// and https://).",
                   [](settings& s, text v) -> outcome {
                     auto endpoint = engine_endpoint(v);
                     if (!endpoint) return endpoint.error();
                     s.docker.endpoint = std::move(*endpoint);
                     return {};
                   }},
        option_row{docker, "docker.watch", 0, boolean, "", "true", true, "Follow changes; false: read the swarm once.",
                   [](settings& s, text v) { return put(s.docker.watch, v); }},
        option_row{docker, "docker.network", 0, value, "NAME", "", true,
                   "Network by which tasks are reached, unless the label traefik.docker.network names another.",
                   [](settings& s, text v) { return put_name(s.docker.network, v); }},
        option_row{docker, "docker.domain", 0, value, "DOMAIN", "", true,
                   "Services without a rule get Host:SERVICE.DOMAIN; without a domain they need a rule.",
                   [](settings& s, text v) { return put_name(s.docker.domain, v); }},
        option_row{docker, "docker.exposedbydefault", 0, boolean, "", "true", true, "false: serve only services labelled traefik.enable=true.",
                   [](settings& s, text v) { return put(s.docker.exposed_by_default, v); }},
        option_row{docker, "docker.constraints", 0, list, "LIST", "", true, "Added to --constraints.",
                   [](settings& s, text v) { return add_constraints(s.docker.constraints, v); }},
        option_row{docker, "docker.pollinterval", 0, value, "DURATION", "1s", false,
                   "Base interval between two looks at the swarm; changes that the Engine announces are seen at once.",
                   [](settings& s, text v) { return put(s.docker.poll_interval, v, milliseconds{50}); }},
        option_row{docker, "docker.swarmmoderefreshseconds", 0, value, "N", "15", true,
                   "Longest time between two complete looks at the swarm, in seconds.",
                   [](settings& s, text v) { return put(s.docker.refresh_seconds, v, 1, 86'400); }},
        option_row{docker, "docker.usebindportip", 0, boolean, "", "false", true,
                   "Reach containers by what they publish on an address of the host; in Swarm mode nothing but a line of the log.",
                   [](settings& s, text v) { return put(s.docker.use_bind_port_ip, v); }},
        option_row{docker, "docker.tls", 0, section, "", "false", true, "TLS to the Engine.",
                   [](settings&, text v) { return only_check(parse_bool(v)); }},
        option_row{docker, "docker.tls.ca", 0, value, "FILE", "", true, "PEM file with the Engine's CA.",
                   [](settings& s, text v) { return put_name(s.docker.tls_ca, v); }},
        option_row{docker, "docker.tls.cert", 0, value, "FILE", "", true, "PEM file with the client certificate.",
                   [](settings& s, text v) { return put_name(s.docker.tls_cert, v); }},
        option_row{docker, "docker.tls.key", 0, value, "FILE", "", true, "PEM file with its key.",
                   [](settings& s, text v) { return put_name(s.docker.tls_key, v); }},
        option_row{docker, "docker.tls.insecureskipverify", 0, boolean, "", "false", true, "Do not verify the Engine's certificate.",
                   [](settings& s, text v) { return put(s.docker.tls_insecure_skip_verify, v); }},

        option_row{file, "file", 0, section, "", "false", true, "Serve what a TOML file says.",
                   [](settings& s, text v) { return put(s.file.enabled, v); }},
        option_row{file, "file.filename", 0, value, "FILE", "", true,
                   "File with [frontends] and [backends], in Traefik 1's form. Without it the configuration file itself.",
                   [](settings& s, text v) { return put(s.file.filename, v); }},
        option_row{file, "file.watch", 0, boolean, "", "true", true, "Follow changes of the file.",
                   [](settings& s, text v) { return put(s.file.watch, v); }},

        option_row{
            entry, "entryPoints", 0, list, "WORDS", "Name:http Address::80", true,
            "One entry point as words: Name, Address (with /tcp behind the port: TCP is passed on as it comes), ForwardedHeaders.TrustedIPs, "
            "ForwardedHeaders.Insecure, "
            "ProxyProtocol.TrustedIPs, ProxyProtocol.Insecure, MaxConnections, Backlog, Compress, StrictPaths, RespondingTimeouts.ReadTimeout, "
            "RespondingTimeouts.WriteTimeout, RespondingTimeouts.IdleTimeout, and those of Redirect, Auth and WhiteList "
            "(docs/middlewares.md). May be given several times; any one replaces the "
            "default.",
            [](settings& s, text v) -> outcome {
              auto parsed = parse_entry_point(v);
              if (!parsed) return parsed.error();
              s.entry_points.push_back(std::move(*parsed));
              return {};
            }},
        option_row{entry, "defaultEntryPoints", 0, list, "LIST", "http", true, "Entry points of frontends that do not name any, separated by commas.",
                   [](settings& s, text v) -> outcome {
                     for (std::string& one : split_list(v)) s.default_entry_points.push_back(std::move(one));
                     return {};
                   }},
        option_row{entry, "allowminweightzero", 0, boolean, "", "false", true, "A server of weight 0 gets no new clients; otherwise 0 acts as 1.",
                   [](settings& s, text v) { return put(s.allow_zero_weight, v); }},
        option_row{entry, "sticky.opaque", 0, boolean, "", "false", false,
                   "Sticky cookies hold a keyed digest of service and slot instead of the task's address, unless a label says "
                   "otherwise. Cookies of both forms are understood.",
                   [](settings& s, text v) { return put(s.sticky.opaque, v); }},
        option_row{entry, "sticky.keyFile", 0, value, "FILE", "", false,
                   "Key of opaque sticky cookies, the same for all replicas (a Swarm secret of 16 bytes or more). Without it "
                   "each process makes its own.",
                   [](settings& s, text v) { return put(s.sticky.key_file, v); }},
        option_row{entry, "keeptrailingslash", 0, boolean, "", "false", true,
                   "Path:/x does not answer /x/ with a redirect to /x, nor the other way round.",
                   [](settings& s, text v) { return put(s.keep_trailing_slash, v); }},
        option_row{entry, "buffering", 0, section, "", "false", false, "Accepted; its members count.",
                   [](settings&, text v) { return only_check(parse_bool(v)); }},
        option_row{entry, "buffering.maxBodyBytes", 0, value, "BYTES", "1G", false,
                   "Longest body that a service with buffering may keep, where its label names no limit; 413 above.",
                   [](settings& s, text v) { return put_bytes(s.buffering.body_bytes, v, 65'536); }},
        option_row{entry, "buffering.maxDiskBytes", 0, value, "BYTES", "", false,
                   "Disk that buffered bodies of all services may take together, of which one service has half; 503 beyond. Without "
                   "it half of what is free in /tmp, 4G at most.",
                   [](settings& s, text v) { return put_bytes(s.buffering.disk_bytes, v, 1'048'576); }},
        option_row{entry, "maxRequestHeaderBytes", 0, value, "N", "65536", false, "Largest head of a request, in bytes; above: 431. 4096 to 1048576.",
                   [](settings& s, text v) { return put(s.request_head_bytes, v, 4'096, 1'048'576); }},
        option_row{entry, "maxRequestHeaderFields", 0, value, "N", "128", false, "Most fields in the head of a request; more: 431. 16 to 1024.",
                   [](settings& s, text v) { return put(s.request_fields, v, 16, 1'024); }},
        option_row{entry, "maxRequestLineBytes", 0, value, "N", "16384", false,
                   "Longest request line (method and target), in bytes; above: 414. 1024 to 65536, within --maxRequestHeaderBytes.",
                   [](settings& s, text v) { return put(s.request_line_bytes, v, 1'024, 65'536); }},
        option_row{entry, "maxResponseHeaderBytes", 0, value, "N", "262144", false,
                   "Largest head of a server's answer, in bytes; above: 502. 4096 to 1048576.",
                   [](settings& s, text v) { return put(s.answer_head_bytes, v, 4'096, 1'048'576); }},
        option_row{entry, "maxResponseHeaderFields", 0, value, "N", "1000", false,
                   "Most fields in the head of a server's answer; more: 502. 16 to 1024.",
                   [](settings& s, text v) { return put(s.answer_head_fields, v, 16, 1'024); }},
        option_row{entry, "maxidleconnsperhost", 0, value, "N", "", true,
                   "Idle connections kept to each server, divided among the workers. Without it 64 for each worker.",
                   [](settings& s, text v) { return put(s.idle_per_server, v, 0, 65'536); }},

        option_row{api, "api", 0, section, "", "false", true,
                   "Serve /api, /dashboard/, /health, /ping and /ready. Read-only, but it tells all routes: keep its port from strangers.",
                   [](settings& s, text v) { return put(s.api.enabled, v); }},
        option_row{api, "api.entrypoint", 0, value, "NAME", "traefik", true,
                   "Its entry point, and of frontends that name it. traefik is made at :8080 unless --entryPoints defines it. One that "
                   "serves traffic serves the API before the services: lock it (Auth.Basic, WhiteList).",
                   [](settings& s, text v) { return put(s.api.entry_point, v); }},
        option_row{api, "api.hosts", 0, list, "NAMES", "", false,
                   "Host names by which the API may be asked, separated by commas. Addresses, localhost, names without a dot and those of "
                   "frontends that lead to it always work; others get 403 (DNS rebinding).",
                   [](settings& s, text v) -> outcome {
                     for (std::string& one : split_list(v)) s.api.hosts.push_back(std::move(one));
                     return {};
                   }},
        option_row{api, "api.dashboard", 0, boolean, "", "true", true, "Serve the dashboard at /dashboard/.",
                   [](settings& s, text v) { return put(s.api.dashboard, v); }},
        option_row{api, "ping", 0, section, "", "false", true,
                   "Serve /ping: 200, or 503 while waggle stops; and /ready: 503 until the routes are known as well.",
                   [](settings& s, text v) { return put(s.ping.enabled, v); }},
        option_row{api, "ping.entrypoint", 0, value, "NAME", "traefik", true, "Its entry point; one that serves traffic serves /ping as well then.",
                   [](settings& s, text v) { return put(s.ping.entry_point, v); }},
        option_row{api, "web", 0, section, "", "false", true, "Deprecated: --api and --ping at once.",
                   [](settings& s, text v) { return put(s.web.enabled, v); }},
        option_row{api, "web.address", 0, value, "ADDRESS", ":8080", true, "Deprecated: the address of entry point traefik.",
                   [](settings& s, text v) { return put_address(s.web.address, v); }},
        option_row{api, "web.readonly", 0, boolean, "", "false", true, "Deprecated: accepted; the API is always read-only.",
                   [](settings& s, text v) { return put(s.web.read_only, v); }},
        option_row{api, "web.auth", 0, section, "", "false", true, "Deprecated: its members count.",
                   [](settings&, text v) { return only_check(parse_bool(v)); }},
        option_row{api, "web.auth.basic", 0, section, "", "false", true, "Deprecated: its members count.",
                   [](settings& s, text v) { return lock_web(s, v, &model::auth::basic); }},
        option_row{api, "web.auth.basic.users", 0, list, "NAME:HASH", "", true, "Deprecated: Auth.Basic.Users of entry point traefik, beside --web.",
                   [](settings& s, text v) { return add_web_users(s, v, &model::auth::basic); }},
        option_row{api, "web.auth.basic.usersFile", 0, value, "FILE", "", true, "Deprecated: the same from a file.",
                   [](settings& s, text v) { return put(web_users(s, &model::auth::basic).users_file, v); }},
        option_row{api, "web.auth.digest", 0, section, "", "false", true, "Deprecated: its members count.",
                   [](settings& s, text v) { return lock_web(s, v, &model::auth::digest); }},
        option_row{api, "web.auth.digest.users", 0, list, "NAME:REALM:HASH", "", true,
                   "Deprecated: Auth.Digest.Users of entry point traefik, beside --web.",
                   [](settings& s, text v) { return add_web_users(s, v, &model::auth::digest); }},
        option_row{api, "web.auth.digest.usersFile", 0, value, "FILE", "", true, "Deprecated: the same from a file.",
                   [](settings& s, text v) { return put(web_users(s, &model::auth::digest).users_file, v); }},

        option_row{logs, "logLevel", 'l', value, "LEVEL", "ERROR", true, "DEBUG, INFO, WARN, ERROR, FATAL or PANIC.",
                   [](settings& s, text v) -> outcome {
                     if (v.empty()) return {};
                     const auto parsed = parse_level(v);
                     if (!parsed) return parsed.error();
                     s.log.level = *parsed;
                     return {};
                   }},
        option_row{logs, "debug", 'd', boolean, "", "false", true, "Log level DEBUG, unless --logLevel says otherwise.",
                   [](settings& s, text v) { return put(s.log.debug, v); }},
        option_row{logs, "traefikLog", 0, section, "", "false", true, "Accepted; the log is always written.",
                   [](settings&, text v) { return only_check(parse_bool(v)); }},
        option_row{logs, "traefikLog.filePath", 0, value, "FILE", "", true,
                   "Log to a file (opened again on SIGUSR1 and SIGHUP) instead of standard output. Also --log.filePath.",
                   [](settings& s, text v) { return put_name(s.log.file, v); }},
        option_row{logs, "traefikLog.format", 0, value, "FORMAT", "common", true, "common or json. Also --log.format.",
                   [](settings& s, text v) -> outcome {
                     const auto parsed = parse_log_format(v);
                     if (!parsed) return parsed.error();
                     s.log.format = *parsed;
                     return {};
                   }},

        option_row{limits, "healthcheck", 0, section, "", "false", true, "Accepted; labels turn health checks on.",
                   [](settings&, text v) { return only_check(parse_bool(v)); }},
        option_row{limits, "healthcheck.interval", 0, value, "DURATION", "30s", true,
                   "Between two health checks of a server whose label names no interval.",
                   [](settings& s, text v) { return put(s.health_interval, v, milliseconds{100}); }},
        option_row{limits, "respondingTimeouts", 0, section, "", "false", true, "Accepted; its members count.",
                   [](settings&, text v) { return only_check(parse_bool(v)); }},
        option_row{limits, "forwardingTimeouts", 0, section, "", "false", true, "Accepted; its members count.",
                   [](settings&, text v) { return only_check(parse_bool(v)); }},
        option_row{limits, "respondingTimeouts.readTimeout", 0, value, "DURATION", "0s", true,
                   "For a request's head, and between two reads of its body. 0: 10 s and no limit.",
                   [](settings& s, text v) { return put(s.timeouts.read, v); }},
        option_row{limits, "respondingTimeouts.writeTimeout", 0, value, "DURATION", "0s", true,
                   "For a client that takes nothing of the answer. 0: no limit.", [](settings& s, text v) { return put(s.timeouts.write, v); }},
        option_row{limits, "respondingTimeouts.idleTimeout", 0, value, "DURATION", "180s", true, "For an idle connection of a client. 0: no limit.",
                   [](settings& s, text v) { return put(s.timeouts.idle, v); }},
        option_row{limits, "forwardingTimeouts.dialTimeout", 0, value, "DURATION", "30s", true,
                   "For connecting to a server; others are asked meanwhile.", [](settings& s, text v) { return put(s.timeouts.dial, v); }},
        option_row{limits, "forwardingTimeouts.responseHeaderTimeout", 0, value, "DURATION", "0s", true,
                   "From the request to the head of the server's answer. 0: no limit.",
                   [](settings& s, text v) { return put(s.timeouts.response_header, v); }},

        option_row{stop, "lifeCycle", 0, section, "", "false", true, "Accepted; its members count.",
                   [](settings&, text v) { return only_check(parse_bool(v)); }},
        option_row{stop, "lifeCycle.requestAcceptGraceTimeout", 0, value, "DURATION", "0s", true,
                   "On SIGTERM: keep accepting for so long while /ping already says 503. Also --drain-delay.",
                   [](settings& s, text v) { return put(s.stop.drain_delay, v); }},
        option_row{stop, "lifeCycle.graceTimeOut", 0, value, "DURATION", "8s", true,
                   "Then let requests finish for so long. The default is 8 s less the drain delay, so that "
                   "Swarm's kill after "
                   "10 s cuts no request. Also --stop-grace.",
                   [](settings& s, text v) { return put(s.stop.grace, v); }},
    };

constexpr std::array aliases{
    option_alias{"stop-grace", "lifecycle.gracetimeout", false},
    option_alias{"drain-delay", "lifecycle.requestacceptgracetimeout", false},
    option_alias{"log.level", "loglevel", false},
    option_alias{"log.filepath", "traefiklog.filepath", false},
    option_alias{"log.format", "traefiklog.format", false},
    option_alias{"gracetimeout", "lifecycle.gracetimeout", true},
    option_alias{"idletimeout", "respondingtimeouts.idletimeout", true},
    option_alias{"traefiklogsfile", "traefiklog.filepath", true},
    option_alias{"accesslogsfile", "accesslog.filepath", true},
};

}  // namespace

std::span<const option_row> option_table() {
  static const std::vector<option_row> all = [] {
    std::vector<option_row> out(rows.begin(), rows.end());
    out.insert(out.end(), observing_rows().begin(), observing_rows().end());
    return out;
  }();
  return all;
}
std::span<const option_alias> option_aliases() { return aliases; }

}  // namespace waggle::app
