// How a service is: what its labels and tasks lead to, and whether requests to it get an answer. The one source of state,
// reason and last error for CLI, API, dashboard and metrics. Pure.
#pragma once

#include <waggle/model/verdict.hpp>
#include <waggle/proxy/figures.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::app::admin {

struct condition {
  /// "routed", "routed-with-warnings", "failing" (it is routed, and no request to it can succeed), "not-routed" (it asks to be,
  /// and is not), "not-exposed" (it does not ask).
  std::string_view state;
  std::string reason;          ///< empty when routed without warnings
  std::string last_error;      ///< of its servers, as far as anything went wrong
  double last_error_age = -1;  ///< seconds; -1: it is as of now, or there is none
};

/// @param advice   what traffic and task states say beside the verdict
/// @param servers  of all its backends; those without figures are left out
/// @param wanted   servers of all its backends, with figures or not
condition condition_of(const model::verdict& v, const std::vector<model::diagnostic>& advice,
                       const std::vector<const proxy::server_figures*>& servers, std::size_t wanted);

/// Errors of a server without another answer between them, from which on it fails every request although it answered before.
constexpr std::uint64_t enough_in_a_row = 10;

/// No connection to it works.
bool refuses(const proxy::server_figures& s) noexcept;

/// What labels and tasks alone lead to.
std::string_view state_of(const model::verdict& v) noexcept;

}  // namespace waggle::app::admin
