// Another server than those that a request is asking already. Pure.
#pragma once

#include "decision/tried_servers.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace waggle::proxy {

/// What is silent may be a node, not a server: others on it would be as silent, after as long.
/// @param node_of  of a server by its index; empty: not known.
template <class NodeOf>
constexpr void mark_node(tried_servers& tried, int server, std::size_t servers, NodeOf&& node_of) {
  if (server < 0) return;
  const std::string_view node = node_of(static_cast<std::size_t>(server));
  if (node.empty()) return;
  for (std::size_t i = 0; i < servers; ++i)
    if (node_of(i) == node) tried.mark(static_cast<int>(i));
}

/// On another node than all of them, if there is one; else at least another server.
/// @param asked  counts as tried from now on.
/// @param next  the next server to ask, if these were tried; it may name one of them if there is no other. -1: none.
/// @return -1: there is none.
template <class NodeOf, class Next>
int another_server(tried_servers& tried, std::span<const int> asked, std::size_t servers, NodeOf&& node_of, Next&& next) {
  for (const int server : asked) tried.mark(server);
  tried_servers with_nodes = tried;
  for (const int server : asked) mark_node(with_nodes, server, servers, node_of);
  int server = next(with_nodes);
  if (server < 0 || with_nodes.has(server)) server = next(tried);
  return tried.has(server) ? -1 : server;
}

}  // namespace waggle::proxy
