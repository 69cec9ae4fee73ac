#include "middleware/deferred.hpp"

#include "http1/field_text.hpp"

namespace waggle::proxy::middleware {

void apply(const decision& d, http::request& request) {
  for (const std::string& name : d.remove) request.fields.remove(name);
  for (const auto& [name, value] : d.set) request.fields.remove(name);
  for (const auto& [name, value] : d.set)
    if (http1::valid_name(name) && http1::valid_value(value)) request.fields.add(name, value);
}

}  // namespace waggle::proxy::middleware
