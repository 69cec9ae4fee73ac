// On which entry points a TCP or UDP service is served, and what its operator must do where one is missing. Pure.
#pragma once

#include "labels/label_use.hpp"

#include <waggle/discovery/options.hpp>
#include <waggle/model/protocol.hpp>
#include <waggle/model/verdict.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

struct entry_wish {
  model::protocol protocol;
  std::vector<std::string> named;  ///< by the label; empty: none is
  label_use label;                 ///< that names them, or would
  std::uint16_t port = 0;          ///< of the service: what to publish
  std::string_view service;        ///< of the swarm: what to call a new entry point
};

/// Those that are there and of the right protocol. Names are told apart from others only where the options know any.
std::vector<std::string> choose_entry_points(const entry_wish& wish, const options& opts, std::vector<model::diagnostic>& told);

/// Does each of these listen at one address only? false: some do not, or it is not known.
bool one_address_each(const std::vector<std::string>& names, const options& opts);

/// "tcp", "udp", "http"
std::string_view word_of(model::protocol protocol) noexcept;
/// "start waggle with --entryPoints='Name:pg Address::5432/tcp' and add --publish mode=host,target=5432,published=5432 to its service"
std::string how_to_add_entry_point(std::string_view name, model::protocol protocol, std::uint16_t port);

}  // namespace waggle::discovery
