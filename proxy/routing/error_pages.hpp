// errors.<name>: which answers of a frontend are replaced by a page of another backend (Traefik 1.7 section 8.5).
#pragma once

#include "routing/table.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy::routing {

struct error_page_list {
  std::vector<error_page> pages;        ///< in the router's order; the first one whose range has the status is asked
  std::vector<std::string> complaints;  ///< error lines in Traefik's words; those pages are left out
};

/// @param all  the router's; others than error pages are passed over
/// @param find  the compiled backend of that name in the router's provider, or null.
/// @param called  the router's name in complaints; empty: its own
error_page_list build_error_pages(const model::router& router, const middlewares& all,
                                  const std::function<std::shared_ptr<const backend>(const std::string&)>& find, std::string_view called = {});

inline constexpr std::size_t by_no_step = ~std::size_t{0};

/// The page for an answer with this status, or null. @param answered_by  the step of the frontend's chain that gave it: pages behind that
/// step do not see it; by_no_step: all do.
const error_page* page_for(const frontend& f, unsigned status, std::size_t answered_by = by_no_step) noexcept;

/// Target of the request for a page: "/" + query with {status} filled in. Nothing in it can end the request line.
std::string page_target(const error_page& page, unsigned status);

}  // namespace waggle::proxy::routing
