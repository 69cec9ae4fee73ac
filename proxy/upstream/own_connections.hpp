// Server connections of one client connection alone, since a login was made on them (NTLM, Negotiate: RFC 4559 section 6): who
// sends something over one of them speaks as that user. They end with the client's connection, or when the server ends them or
// leaves; the client's next requests to that server go over them.
#pragma once

#include "upstream/endpoint.hpp"

#include <waggle/base/shared_text.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace waggle::proxy::upstream {

class own_connections {
 public:
  static constexpr std::size_t most = 4;  ///< servers at once; the one used longest ago gives way

  /// After a complete exchange.
  void keep(owned_connection c) {
    if (!c->to().keep(*c)) return;
    std::erase_if(all_, [&](const auto& old) { return !old->is_open() || &old->to() == &c->to(); });  // one for each server
    if (all_.size() == most) all_.erase(all_.begin());
    all_.push_back(std::move(c));
  }

  /// The one to this server, or null. @param look  see upstream::endpoint::take_idle.
  owned_connection take(endpoint& to, bool look) noexcept {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& c) { return &c->to() == &to; });
    if (found == all_.end()) return nullptr;
    owned_connection c = std::move(*found);
    all_.erase(found);
    if (!to.resume(*c, look)) return nullptr;
    return c;
  }

  bool lead_to(const base::shared_text& server) const noexcept {
    return std::any_of(all_.begin(), all_.end(), [&](const auto& c) { return c->is_open() && c->to().key == server; });
  }

 private:
  std::vector<owned_connection> all_;
};

}  // namespace waggle::proxy::upstream
