// headers.customRequestHeaders and .customResponseHeaders: set a field, or delete it where the value is empty. That counts
// for the fields that waggle sets itself as well (X-Forwarded-*, X-Real-Ip): the label wins.
#include "http1/field_text.hpp"
#include "middleware/registry.hpp"

#include <memory>
#include <string>
#include <utility>

namespace waggle::proxy::middleware {
namespace {

class custom_request_headers final : public step {
 public:
  explicit custom_request_headers(model::header_map map) : map_(std::move(map)) {}
  step_result on_request(const request_info&, http::request& request) const override {
    for (const auto& [name, value] : map_) request.fields.set(name, value);
    return passed{};
  }

 private:
  model::header_map map_;
};

base::text_result<void> check_map(const std::string& frontend, const model::header_map& map) {
  for (const auto& [name, value] : map) {
    if (!http1::valid_name(name)) return base::text_error{"frontend " + frontend + ": '" + name + "' is not a header name"};
    if (!http1::valid_value(value)) return base::text_error{"frontend " + frontend + ": the value of header " + name + " holds control characters"};
  }
  return {};
}

}  // namespace

base::text_result<void> build_custom_headers(const model::headers& h, const step_context& context, chain& out) {
  if (auto ok = check_map(context.name, h.custom_request_headers); !ok) return ok.error();
  if (auto ok = check_map(context.name, h.custom_response_headers); !ok) return ok.error();
  model::header_map request = h.custom_request_headers;
  std::erase_if(request, [](const auto& e) { return http1::is_framing(e.first); });
  for (const auto& entry : request) out.hides_server = out.hides_server || http1::hides_way(entry.first);
  if (!request.empty()) out.steps.push_back({std::make_unique<custom_request_headers>(std::move(request)), nullptr});
  if (h.custom_response_headers.empty()) return {};
  auto rules = std::make_unique<answer_rules>();
  if (out.on_answer) *rules = *out.on_answer;
  for (const auto& [name, value] : h.custom_response_headers)
    if (!http1::is_framing(name)) rules->set(name, value);
  out.on_answer = std::move(rules);
  return {};
}

}  // namespace waggle::proxy::middleware
