// Configurations in Traefik 1's words, which say most in the fewest lines: written down by tests, and what comes out shown so.
#pragma once

#include <waggle/model/traefik1/translate.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace waggle::test {

/// Becomes what discovery makes of it wherever the border type is wanted.
struct configuration {
  model::parts<model::backend> backends;
  model::parts<model::frontend> frontends;
  operator model::configuration() const { return model::traefik1::translated({backends, frontends}); }
};

/// Takes what is as it was from the last configuration, as discovery does: then only what differs is another object.
template <class Part>
void take_known(model::parts<Part>& now, const model::parts<Part>& last) {
  for (std::size_t i = 0; i < now.size(); ++i) {
    const Part& one = std::as_const(now)[i];
    const std::size_t at = place_of(last, one.name);
    if (at != last.size() && last[at] == one) now.replace(i, last.held(at));
  }
}
inline model::configuration with_known(model::configuration now, const model::configuration& last) {
  take_known(now.http.routers, last.http.routers);
  take_known(now.http.services, last.http.services);
  take_known(now.http.middlewares, last.http.middlewares);
  return now;
}

inline std::shared_ptr<const model::configuration> shared(const configuration& c) { return std::make_shared<const model::configuration>(c); }

inline model::traefik1::configuration seen(const model::configuration& c) { return model::traefik1::view_of(c); }
inline model::traefik1::configuration seen(const std::shared_ptr<const model::configuration>& c) { return model::traefik1::view_of(*c); }

}  // namespace waggle::test
