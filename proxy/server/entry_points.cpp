#include "server/entry_points.hpp"

#include "io/address.hpp"
#include "middleware/entry_chain.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace waggle::proxy {
namespace {

timeouts timeouts_of(const options& opts, const entry_point& e) {
  timeouts t = opts.timeouts;
  if (e.timeouts.read) t.request_body = *e.timeouts.read;
  if (e.timeouts.read && e.timeouts.read->count() > 0) t.request_head = *e.timeouts.read;
  if (e.timeouts.write) t.client_write = *e.timeouts.write;
  if (e.timeouts.idle) t.keep_alive = *e.timeouts.idle;
  return t;
}

/// Words whose value nobody would look at: who wrote one has something in mind that does not happen. Empty: none.
std::string words_out_of_place(const entry_point& e) {
  std::string out;
  const auto note = [&out](bool is_there, const char* word) {
    if (is_there) out += (out.empty() ? "" : ", ") + std::string(word);
  };
  if (e.protocol != model::protocol::http) {
    note(!(e.forwarded_headers == trust{}), "ForwardedHeaders");
    note(e.timeouts.read.has_value(), "RespondingTimeouts.ReadTimeout");
    note(e.timeouts.write.has_value(), "RespondingTimeouts.WriteTimeout");
    note(e.timeouts.idle.has_value(), "RespondingTimeouts.IdleTimeout");
    note(e.compress, "Compress");
    note(e.strict_paths, "StrictPaths");
    note(e.redirect.has_value(), "Redirect");
    note(e.auth.has_value(), "Auth");
    note(e.white_list && e.white_list->use_x_forwarded_for, "WhiteList.UseXForwardedFor");
  }
  if (e.protocol == model::protocol::udp) {
    note(!(e.proxy_protocol == trust{}), "ProxyProtocol");
    note(e.backlog != 0, "Backlog");
  }
  if (e.protocol != model::protocol::tcp) note(e.max_connections != 0, "MaxConnections");
  return out;
}

base::text_result<void> check_protocol(const entry_point& e) {
  if (const std::string words = words_out_of_place(e); !words.empty())
    return base::text_error{words + (e.protocol == model::protocol::http ? " is served at an address that ends in /tcp only; remove it"
                                                                         : " has no effect below HTTP, at " + written_address(e) + "; remove it")};
  if (e.operators && e.protocol != model::protocol::http) return base::text_error{"the API speaks HTTP; give it an entry point without /tcp or /udp"};
  return {};
}

base::text_result<void> set_guards(entry_settings& out, const entry_point& e, const options& opts) {
  const std::size_t workers = std::max(1u, opts.workers);
  out.max_connections = (e.max_connections + workers - 1) / workers;
  if (!e.white_list) return {};
  auto listed = io::ip_ranges::parse(e.white_list->source_range);
  if (!listed) return base::text_error{"whiteList.sourceRange: " + listed.error().reason};
  out.white_list = std::move(*listed);
  out.open_to_all = false;
  return {};
}

base::text_result<entry_settings> resolve(const entry_point& e, const options& opts, base::logger& log) {
  if (auto ok = check_protocol(e); !ok) return ok.error();
  auto forwarded = io::ip_ranges::parse(e.forwarded_headers.ranges);
  if (!forwarded) return base::text_error{"forwardedHeaders.trustedIPs: " + forwarded.error().reason};
  auto proxied = io::ip_ranges::parse(e.proxy_protocol.ranges);
  if (!proxied) return base::text_error{"proxyProtocol.trustedIPs: " + proxied.error().reason};
  entry_settings out;
  out.name = e.name;
  out.protocol = e.protocol;
  out.proxy_trusted = std::move(*proxied);
  out.proxy_everyone = e.proxy_protocol.everyone;
  if (e.protocol == model::protocol::http) {
    auto steps = middleware::build_entry_chain(e, opts, log);
    if (!steps) return steps.error();
    out.steps = std::move(*steps);
    out.forwarded_trusted = std::move(*forwarded);
    out.forwarded_everyone = e.forwarded_headers.everyone || opts.compat_traefik1;
    out.timeouts = timeouts_of(opts, e);
    out.compress = e.compress;
    out.strict_paths = e.strict_paths;
    out.operators = e.operators;
    return out;
  }
  if (auto ok = set_guards(out, e, opts); !ok) return ok.error();
  return out;
}

}  // namespace

base::text_result<std::vector<entry_settings>> resolve_entry_points(const options& opts, base::logger& log) {
  std::vector<entry_settings> out;
  for (const entry_point& e : opts.entry_points) {
    auto one = resolve(e, opts, log);
    if (!one) return base::text_error{"entry point " + e.name + ": " + one.error().reason};
    out.push_back(std::move(*one));
  }
  return out;
}

}  // namespace waggle::proxy
