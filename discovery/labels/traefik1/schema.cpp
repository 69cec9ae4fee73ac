#include "labels/traefik1/schema.hpp"

#include "labels/traefik1/rows.hpp"
#include "labels/waggle/backend_rows.hpp"

#include <string>

namespace waggle::discovery::traefik1 {

const label_schema<target>& schema() {
  static const label_schema<target> built{service_rows(), backend_rows(), waggle_labels::backend_rows<target>, frontend_rows()};
  return built;
}

void deprecated(label_notes& notes, const label_use& use, const std::string& instead) {
  notes.lines.push_back({base::log_level::warning, "Deprecated configuration found: " + std::string(use.key) + ". Please use " + instead + "."});
  notes.diagnostics.push_back(about_label(model::severity::note, "deprecated", use, "is deprecated", "use " + instead));
}

model::error_page& error_page_of(target& to, const std::string& name) {
  const auto [at, is_new] = to.frontend.options.errors.try_emplace(name);
  if (is_new) at->second.backend = "backend-";
  return at->second;
}

model::rate& rate_of(target& to, const std::string& name) { return made(to.frontend.options.rate_limit).rate_set[name]; }

}  // namespace waggle::discovery::traefik1
