#include "translate/network_select.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace waggle::discovery {

namespace {

bool is_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> name{};
  if (text.size() >= name.size() || text.find('\0') != std::string_view::npos) return false;
  std::copy(text.begin(), text.end(), name.begin());
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, name.data(), bytes.data()) == 1 || inet_pton(AF_INET6, name.data(), bytes.data()) == 1;
}

// Go's net.ParseCIDR: an address, a slash and a mask length; its String() of a failed parse is "<nil>".
std::string_view bare_address(std::string_view with_mask, bool traefik1) {
  const auto slash = with_mask.find('/');
  const auto ip = with_mask.substr(0, slash);
  const bool cidr = slash != std::string_view::npos && slash + 1 < with_mask.size();
  if (traefik1 && (!cidr || !is_address(ip))) return "<nil>";
  return is_address(ip) ? ip : std::string_view();
}

void add(std::vector<reach>& out, const network_map& networks, std::string_view id, std::string_view address, bool traefik1) {
  const auto known = networks.find(id);
  if (known == networks.end() || address.empty()) return;
  const auto ip = bare_address(address, traefik1);
  if (ip.empty()) return;
  const auto& n = known->second;
  out.push_back({known->first, n.name, ip, n.ingress || n.name == "ingress"});
}

void order(std::vector<reach>& out) {
  std::stable_sort(out.begin(), out.end(), [](const reach& a, const reach& b) { return a.ingress != b.ingress ? b.ingress : a.network < b.network; });
}

const reach* by_name(const std::vector<reach>& candidates, std::string_view name) {
  const auto it = std::find_if(candidates.begin(), candidates.end(), [name](const reach& r) { return r.network == name; });
  return it == candidates.end() ? nullptr : &*it;
}

}  // namespace

std::vector<reach> reaches_of(const std::vector<attachment>& attachments, const network_map& networks, bool traefik1) {
  std::vector<reach> out;
  for (const auto& a : attachments) add(out, networks, a.network_id, a.address, traefik1);
  order(out);
  return out;
}

std::vector<reach> reaches_of(const std::vector<virtual_ip>& ips, const network_map& networks, bool traefik1) {
  std::vector<reach> out;
  for (const auto& v : ips) add(out, networks, v.network_id, v.address, traefik1);
  order(out);
  return out;
}

network_choice choose_network(const std::vector<reach>& candidates, network_wish wish, const own_networks& own) {
  const auto shared = [&own](const reach& r) { return !own || own->contains(std::string(r.network_id)); };
  if (!wish.label.empty()) {
    const reach* named = by_name(candidates, wish.label);
    if (named == nullptr || named->ingress) return {network_answer::not_attached, nullptr};
    // A name does not make it reachable: a service that cannot be reached must not take another's requests.
    if (!shared(*named)) return {network_answer::named_not_shared, nullptr};
    return {network_answer::chosen, named};
  }
  if (!wish.option.empty()) {
    const reach* named = by_name(candidates, wish.option);
    if (named != nullptr && !named->ingress && shared(*named)) return {network_answer::chosen, named};
  }
  const reach* first = nullptr;
  bool many = false, any = false;
  for (const auto& r : candidates) {
    if (r.ingress) continue;
    any = true;
    if (!shared(r)) continue;
    if (first == nullptr) first = &r;
    else many = true;
  }
  if (first != nullptr) return {many ? network_answer::chosen_among_many : network_answer::chosen, first};
  return {any ? network_answer::not_shared : network_answer::none_attached, nullptr};
}

const reach* choose_network_traefik1(const std::vector<reach>& candidates, network_wish wish, bool& fell_back) {
  const auto wanted = wish.label.empty() ? wish.option : wish.label;
  fell_back = false;
  if (!wanted.empty()) {
    if (const reach* named = by_name(candidates, wanted)) return named;
    fell_back = true;
  }
  return candidates.empty() ? nullptr : &candidates.front();
}

}  // namespace waggle::discovery
