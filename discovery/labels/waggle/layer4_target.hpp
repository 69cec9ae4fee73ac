// What one set of waggle.tcp.* or waggle.udp.* labels asks for: the rows write straight into these options.
#pragma once

#include "labels/label_notes.hpp"
#include "labels/schema.hpp"

#include <waggle/model/tcp.hpp>
#include <waggle/model/udp.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

namespace waggle::discovery::waggle_labels {

/// What is no option of the model's, or is weighed by complete() before it becomes one.
struct layer4_asked {
  std::optional<std::uint16_t> port;
  std::optional<std::uint16_t> weight;
  std::string service;  ///< the virtual service that several Swarm services share; empty: its own
  std::optional<model::scheduler> scheduler;
  std::optional<std::uint32_t> resume;
  bool persistent = false, checked = false;
  bool flags_given = false;
};

template <class Router, class Service>
struct layer4_target {
  enum class group : std::uint8_t { all };

  layer4_asked asked;
  Router router;    ///< no name; entry points as asked for
  Service service;  ///< options only: no name, no servers
  label_notes notes;

  label_notes& notes_of(group) { return notes; }

  /// The struct that a row's path begins in.
  template <class Part>
  Part& part() {
    if constexpr (std::is_same_v<Part, layer4_asked>) return asked;
    else if constexpr (std::is_same_v<Part, Router>) return router;
    else {
      static_assert(std::is_same_v<Part, Service>, "labels do not write into this");
      return service;
    }
  }
};

using tcp_target = layer4_target<model::tcp_router, model::tcp_service>;
using udp_target = layer4_target<model::udp_router, model::udp_service>;

std::span<const label_row<tcp_target>> tcp_rows() noexcept;
std::span<const label_row<udp_target>> udp_rows() noexcept;

}  // namespace waggle::discovery::waggle_labels
