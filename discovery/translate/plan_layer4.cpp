#include "translate/plan_layer4.hpp"

#include "labels/go_value.hpp"
#include "labels/label_use.hpp"
#include "labels/traefik1/segments.hpp"
#include "labels/traefik3/layer4_parse.hpp"
#include "labels/waggle/layer4_parse.hpp"
#include "translate/entry_choice.hpp"
#include "translate/plan_traefik3.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace waggle::discovery {

namespace {

using model::severity;
using waggle_labels::layer4_segment;
using waggle_labels::tcp_target;
using waggle_labels::udp_target;

template <class Target>
constexpr bool is_tcp = std::is_same_v<Target, tcp_target>;
template <class Target>
const std::string& root_of() {
  static const std::string root = is_tcp<Target> ? "waggle.tcp." : "waggle.udp.";
  return root;
}

label_use label_of(const label_set& labels, std::string_view key) {
  const auto it = labels.find(key);
  if (it == labels.end()) return {key, key, {}, {}};
  return {it->first, it->second.key, it->second.value, {}};
}

/// What belongs to one Swarm service alone; all else is the virtual service's.
bool of_member(std::string_view option) noexcept { return option == "port" || option == "weight" || option == "service"; }

bool any_error(const std::vector<model::diagnostic>& list) {
  return std::any_of(list.begin(), list.end(), [](const auto& d) { return d.level == severity::error; });
}

/// traefik.weight, where the own label says nothing. What is wrong with it is HTTP's to tell.
std::uint16_t weight_of(const waggle_labels::layer4_asked& asked, const service& s) {
  if (asked.weight) return *asked.weight;
  const auto it = s.labels.find("traefik.weight");
  if (it == s.labels.end()) return 1;
  const auto value = parse_go_int(it->second, "Atoi");
  return value.has_value() && *value >= 0 && *value <= 65'535 ? static_cast<std::uint16_t>(*value) : 1;
}

std::string name_of(const service& s, const std::string& segment) { return segment.empty() ? s.name : s.name + "/" + segment; }

/// dh looks at the address that was asked for, and there is mostly one.
void judge_destination_hash(const model::scheduling& scheduling, const std::vector<std::string>& entries, const label_use& use, const options& opts,
                            std::vector<model::diagnostic>& told) {
  if (scheduling.policy != model::scheduler::destination_hash) return;
  const bool one = one_address_each(entries, opts);
  told.push_back(
      about_label(one ? severity::warning : severity::note, "one-address", use,
                  one ? "dh chooses by the address that clients connect to, and the entry point has one: all go to the same task"
                      : "dh chooses by the address that clients connect to; where waggle's port is published it has one: all go to the same task",
                  "write mh to choose by the client's address"));
}

template <class Part, class Target>
Part plan_part(const service& s, const options& opts, layer4_segment<Target> from) {
  Part out;
  const std::string& root = root_of<Target>();
  out.diagnostics = std::move(from.target.notes.diagnostics);
  out.service = std::move(from.target.service);
  out.service.name = from.target.asked.service.empty() ? name_of(s, from.name) : from.target.asked.service;
  out.weight = weight_of(from.target.asked, s);
  if (from.target.asked.port) {
    out.port = *from.target.asked.port;
  } else if (!from.labels.contains(root + "port")) {
    const std::string key = from.name.empty() ? root + "port" : "waggle." + from.name + root.substr(6) + "port";
    out.diagnostics.push_back({severity::error, "no-port", key, "", "is missing", "add " + key + " with the port that the tasks listen on"});
  }
  auto router = std::move(from.target.router);
  router.name = out.service.name;
  router.service = out.service.name;
  router.swarm_service = s.name;
  const bool entry_refused = std::any_of(out.diagnostics.begin(), out.diagnostics.end(),
                                         [&](const auto& d) { return d.level == severity::error && d.label.ends_with(".entryPoint"); });
  const std::string entry_key = root + "entryPoint";
  if (!entry_refused)
    router.entry_points = choose_entry_points({is_tcp<Target> ? model::protocol::tcp : model::protocol::udp, std::move(router.entry_points),
                                               label_of(from.labels, entry_key), out.port, s.name},
                                              opts, out.diagnostics);
  judge_destination_hash(out.service.scheduling, router.entry_points, label_of(from.labels, root + "scheduler"), opts, out.diagnostics);
  for (auto& [key, given] : from.labels)
    if (!of_member(std::string_view(key).substr(root.size()))) out.options.emplace(key, std::move(given));
  out.sound = !any_error(out.diagnostics);
  if (out.sound) out.routers.push_back(std::make_shared<const typename decltype(out.routers)::value_type::element_type>(std::move(router)));
  return out;
}

}  // namespace

layer4_plan plan_layer4(const service& s, const options& opts, std::vector<model::diagnostic>& told) {
  layer4_plan out;
  auto labels = waggle_labels::parse_layer4(s.labels);
  auto objects = traefik3::parse_layer4(s.labels);
  for (auto* list : {&labels.diagnostics, &objects.diagnostics})
    told.insert(told.end(), std::make_move_iterator(list->begin()), std::make_move_iterator(list->end()));
  // Where there are routers of Traefik's, they lead; waggle's own labels add what Traefik has no word for.
  if (objects.tcp.serves()) out.tcp = plan_traefik3(s, opts, objects.tcp, labels.tcp, told);
  if (objects.udp.serves()) out.udp = plan_traefik3(s, opts, objects.udp, labels.udp, told);
  for (auto& segment : labels.tcp) out.tcp.push_back(plan_part<tcp_part>(s, opts, std::move(segment)));
  for (auto& segment : labels.udp) out.udp.push_back(plan_part<udp_part>(s, opts, std::move(segment)));
  return out;
}

bool is_layer4_label(std::string_view key) { return waggle_labels::is_layer4_key(key) || traefik3::is_layer4_key(key); }

bool asks_for_http(const service& s) {
  for (auto it = s.labels.lower_bound("traefik."); it != s.labels.end() && it->first.starts_with("traefik."); ++it) {
    if (is_layer4_label(it->first)) continue;
    const std::string plain = traefik1::split_key(it->first).plain;
    if (plain == "traefik.port" || plain.starts_with("traefik.frontend.") || plain.starts_with("traefik.backend")) return true;
  }
  return false;
}

}  // namespace waggle::discovery
