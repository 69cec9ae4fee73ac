// Where API, ping and metrics are served: on an entry point of their own, or as routes of one that serves traffic. Pure.
#pragma once

#include "options/complaints.hpp"
#include "options/settings.hpp"
#include "startup/plan.hpp"

#include <waggle/base/result.hpp>
#include <waggle/proxy/options.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waggle::app {

constexpr std::string_view own_entry_point = "traefik";  // made at :8080 unless it is defined

/// --web is Traefik's old name for API and ping at :8080; the others win over it.
struct admin_wish {
  bool api = false, ping = false, metrics = false, web = false;
  std::string name{};  ///< the entry point that is there for them; empty: none is
  std::vector<internal_part> parts{};
};

/// @param defaults  the default entry points, which serve traffic whatever else they serve
admin_wish wanted_admin(const settings& from, const std::vector<proxy::entry_point>& entry_points, const std::vector<std::string>& defaults,
                        std::vector<std::string>& warnings);

/// Makes the entry point that is there for them the last of `entry_points`; those before serve traffic.
void place_operators(const settings& from, const admin_wish& wish, std::vector<proxy::entry_point>& entry_points, complaints& told);

/// Readies those that serve API, ping or metrics beside traffic.
void share_entry_points(const admin_wish& wish, std::vector<proxy::entry_point>& entry_points, complaints& told);

}  // namespace waggle::app
