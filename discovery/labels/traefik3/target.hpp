// What a service's traefik.tcp.* and traefik.udp.* labels ask for: objects by their names, into which the rows write.
#pragma once

#include "labels/label_notes.hpp"
#include "labels/label_set.hpp"
#include "labels/schema.hpp"

#include <waggle/model/service/tcp_health_check.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace waggle::discovery::traefik3 {

enum class label_group : std::uint8_t { all };

/// What labels of one object leave behind; `Self` is the object, of which alone the paths of its rows begin.
template <class Self>
struct asked_object {
  using group = label_group;
  label_set labels;  ///< by the row's key
  label_notes notes;

  label_notes& notes_of(group) { return notes; }
  template <class Part>
  Self& part() {
    static_assert(std::is_same_v<Part, Self>, "labels do not write into this");
    return static_cast<Self&>(*this);
  }
};

struct router_asked : asked_object<router_asked> {
  std::string rule, service;
  std::vector<std::string> entry_points, middlewares;
  int priority = 0;
  std::optional<bool> tls;  ///< by the bare word, which can switch the block off
  bool tls_options = false, passthrough = false;
};

struct service_asked : asked_object<service_asked> {
  std::optional<std::uint16_t> port, weight;
  std::optional<bool> proxy, checked;  ///< by the bare words
  std::uint8_t proxy_version = 0;      ///< 0: not said
  std::optional<model::tcp_health_check> health_check;
};

struct middleware_asked : asked_object<middleware_asked> {
  std::vector<std::string> source_range;
  bool limits = false;  ///< inFlightConn
};

/// Of one protocol. A name that any label mentions is there.
struct objects {
  std::map<std::string, router_asked, std::less<>> routers;
  std::map<std::string, service_asked, std::less<>> services;
  std::map<std::string, middleware_asked, std::less<>> middlewares;
  bool serves() const noexcept { return !routers.empty() || !services.empty(); }  ///< middlewares alone do nothing
};

std::span<const label_row<router_asked>> tcp_router_rows() noexcept;
std::span<const label_row<service_asked>> tcp_service_rows() noexcept;
std::span<const label_row<middleware_asked>> tcp_middleware_rows() noexcept;
std::span<const label_row<router_asked>> udp_router_rows() noexcept;
std::span<const label_row<service_asked>> udp_service_rows() noexcept;

}  // namespace waggle::discovery::traefik3
