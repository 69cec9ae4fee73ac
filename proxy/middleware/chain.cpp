#include "middleware/chain.hpp"

#include "http1/field_text.hpp"

namespace waggle::proxy::middleware {

bool has_rival_credentials(const request_info& request) noexcept {
  std::size_t lines = 0;
  for (std::size_t i = 0; i < request.head.fields.size(); ++i) lines += request.head.fields.id(i) == http1::field_id::credentials;
  return lines > 1;
}

std::string_view field(const request_info& request, std::string_view name) noexcept {
  for (const http::field& f : request.head.fields.all())
    if (http::iequals(f.name, name)) return f.value;
  return {};
}

void remove_field(request_edits& edits, std::string_view name) {
  std::erase_if(edits.set, [&](const auto& s) { return http1::reads_as(s.first, name); });
  edits.remove.emplace_back(name);
}

void set_field(request_edits& edits, std::string_view name, std::string_view value) {
  if (value.empty()) return remove_field(edits, name);
  std::erase_if(edits.set, [&](const auto& s) { return http1::reads_as(s.first, name); });
  edits.set.emplace_back(name, value);
}

}  // namespace waggle::proxy::middleware
