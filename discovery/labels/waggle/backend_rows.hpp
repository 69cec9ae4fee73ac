// waggle's own labels for a backend. They say what no dialect of Traefik can, so they are the same beside each: any Target that
// has a model::backend and the groups stickiness, hold, timeout and slow_start takes these rows into its schema.
#pragma once

#include "labels/put.hpp"
#include "labels/schema.hpp"
#include "labels/waggle/values.hpp"

#include <waggle/model/traefik1/backend.hpp>

namespace waggle::discovery::waggle_labels {

namespace ranges {
using namespace std::chrono_literals;
// What is longer than a client waits helps nobody.
inline constexpr duration_range hold{0s, 60s, "0s to 60s", "requests are not held"};
inline constexpr duration_range slow_start{0s, 15min, "0s to 15m", "new tasks get their full share at once"};
inline constexpr duration_range connect{10ms, 60s, "10ms to 60s", "--forwardingTimeouts.dialTimeout decides"};
inline constexpr duration_range response{100ms, 24h, "100ms to 24h or 0", "--forwardingTimeouts.responseHeaderTimeout decides", true};
inline constexpr duration_range idle{100ms, 24h, "100ms to 24h or 0", "there is no limit", true};
}  // namespace ranges

template <class Target, const duration_range& Range, auto... Path>
void put_between(Target& to, const label_use& use, label_notes& notes) {
  read_between(notes, use, Range, reach<Path...>(to));
}
template <class Target, auto... Path>
void put_cookie_value(Target& to, const label_use& use, label_notes& notes) {
  read_cookie_value(notes, use, reach<Path...>(to));
}

template <class Target, class group = typename Target::group>
inline constexpr label_row<Target> backend_rows[] = {
    {"waggle.backend.loadbalancer.stickiness.value", "string", "--sticky.opaque", group::stickiness, label_place::service,
     "What the cookie holds: url (the task's address, as Traefik 1) or opaque (a keyed digest of service and slot).",
     &put_cookie_value<Target, &model::backend::balance, &model::balance_options::stickiness, &model::stickiness::value>},
    {"waggle.backend.hold", "duration", "0s", group::hold, label_place::service,
     "How long a request waits for a task while the last one is being replaced, instead of a 503; at most 60s.",
     &put_between<Target, ranges::hold, &model::backend::hold>},
    {"waggle.backend.slowStart", "duration", "0s", group::slow_start, label_place::service,
     "How long the share of requests of a task that joins a running service grows until it is full; at most 15m.",
     &put_between<Target, ranges::slow_start, &model::backend::slow_start>},
    {"waggle.backend.timeout.connect", "duration", "--forwardingTimeouts.dialTimeout", group::timeout, label_place::service,
     "How long connecting to a task may take, else 504; others are asked meanwhile; 10ms to 60s.",
     &put_between<Target, ranges::connect, &model::backend::timeouts, &model::server_timeouts::connect>},
    {"waggle.backend.timeout.response", "duration", "--forwardingTimeouts.responseHeaderTimeout", group::timeout, label_place::service,
     "How long a task may work on a request before the head of its answer is there, else 504; 100ms to 24h, or 0: no limit.",
     &put_between<Target, ranges::response, &model::backend::timeouts, &model::server_timeouts::response>},
    {"waggle.backend.timeout.idle", "duration", "0", group::timeout, label_place::service,
     "The longest pause in the body of an answer, which is cut then; 100ms to 24h, or 0: no limit.",
     &put_between<Target, ranges::idle, &model::backend::timeouts, &model::server_timeouts::idle>},
    {"waggle.backend.abortOnClose", "bool", "true", group::timeout, label_place::service,
     "Requests whose client has left are given up while a task works on them; false: what was begun is finished.",
     &put_value<Target, &model::backend::abort_on_close>},
};

}  // namespace waggle::discovery::waggle_labels
