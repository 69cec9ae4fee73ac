#include <waggle/discovery/label_list.hpp>

#include "labels/traefik1/schema.hpp"

namespace waggle::discovery {

std::vector<label_info> known_labels() {
  std::vector<label_info> out;
  for (const auto& row : traefik1::schema().rows()) out.push_back({row.key, row.type, row.fallback, row.help, row.place == label_place::segment});
  return out;
}

}  // namespace waggle::discovery
