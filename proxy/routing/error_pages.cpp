#include "routing/error_pages.hpp"

#include "http1/uri_text.hpp"

#include <charconv>
#include <utility>
#include <variant>

namespace waggle::proxy::routing {
namespace {

/// "404" or "500-599". @return false if it is neither.
bool parse_range(std::string_view text, std::pair<unsigned, unsigned>& out) {
  const auto number = [](std::string_view s, unsigned& n) {
    const auto r = std::from_chars(s.data(), s.data() + s.size(), n);
    return r.ec == std::errc() && r.ptr == s.data() + s.size();
  };
  const std::size_t dash = text.find('-');
  if (!number(text.substr(0, dash), out.first)) return false;
  out.second = out.first;
  return dash == std::string_view::npos || number(text.substr(dash + 1), out.second);
}

}  // namespace

error_page_list build_error_pages(const model::router& router, const middlewares& all,
                                  const std::function<std::shared_ptr<const backend>(const std::string&)>& find, std::string_view called) {
  error_page_list out;
  std::size_t number = 0;
  const std::string_view shown = called.empty() ? std::string_view(router.name) : called;
  for (const auto& one : all) {
    const auto* const page_wanted = std::get_if<model::error_page>(&one->kind);
    if (page_wanted == nullptr) continue;
    const model::error_page& wish = *page_wanted;
    const std::size_t at = number++;
    const auto complain = [&, &page_name = wish.name.empty() ? one->name : wish.name](const std::string& why) {
      out.complaints.push_back("Error when creating error page \"" + page_name + "\" for frontend \"" + std::string(shown) + "\": " + why);
    };
    if (wish.backend == router.service) {
      complain("error pages backend \"" + wish.backend + "\" is the same as backend for the frontend (infinite call risk).");
      continue;
    }
    error_page page;
    page.number = at;
    page.to = find(wish.backend);
    if (!page.to) {
      complain("the backend \"" + wish.backend + "\" doesn't exist.");
      continue;
    }
    bool good = true;
    for (const std::string& text : wish.status) {
      std::pair<unsigned, unsigned> range;
      if (parse_range(text, range)) page.ranges.push_back(range);
      else complain("'" + text + "' is not a status or a range of them"), good = false;
    }
    page.query = wish.query;
    if (good) out.pages.push_back(std::move(page));
  }
  return out;
}

const error_page* page_for(const frontend& f, unsigned status, std::size_t answered_by) noexcept {
  for (const error_page& p : f.error_pages) {
    if (answered_by != by_no_step && answered_by < f.chain.pages_from[p.number]) continue;
    for (const auto& [low, high] : p.ranges)
      if (status >= low && status <= high) return &p;
  }
  return nullptr;
}

std::string page_target(const error_page& page, unsigned status) {
  std::string_view query = page.query;
  if (query.starts_with('/')) query.remove_prefix(1);
  std::string out = "/" + std::string(query);
  constexpr std::string_view hole = "{status}";
  const std::string digits = std::to_string(status);
  for (std::size_t at = out.find(hole); at != std::string::npos; at = out.find(hole, at + digits.size())) out.replace(at, hole.size(), digits);
  return http1::safe_location(out);
}

}  // namespace waggle::proxy::routing
