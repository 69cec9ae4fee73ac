#include <waggle/discovery/label_list.hpp>

#include "labels/traefik1/schema.hpp"
#include "labels/traefik3/target.hpp"
#include "labels/waggle/layer4_target.hpp"

namespace waggle::discovery {

namespace {

template <class Rows>
void append_known(std::vector<label_info>& to, const Rows& rows) {
  for (const auto& row : rows) to.push_back({row.key, row.type, row.fallback, row.help, row.place == label_place::segment});
}

}  // namespace

std::vector<label_info> known_labels() {
  std::vector<label_info> out;
  append_known(out, traefik1::schema().rows());
  append_known(out, waggle_labels::tcp_rows());
  append_known(out, waggle_labels::udp_rows());
  append_known(out, traefik3::tcp_router_rows());
  append_known(out, traefik3::tcp_service_rows());
  append_known(out, traefik3::tcp_middleware_rows());
  append_known(out, traefik3::udp_router_rows());
  append_known(out, traefik3::udp_service_rows());
  return out;
}

}  // namespace waggle::discovery
