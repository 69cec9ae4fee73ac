#include "schedule/plan.hpp"

#include <variant>

namespace waggle::proxy::schedule {

plan::plan(const model::scheduling& how, std::span<const server_facts> servers, const key16& hash_key)
    : how_(how), slots_(servers, hash_key), scheduler_(make_scheduler(how, slots_, hash_key)) {}

std::shared_ptr<const plan> plan::make(const model::scheduling& how, std::span<const server_facts> servers, const key16& hash_key) {
  return std::make_shared<const plan>(how, servers, hash_key);
}

int plan::pick(shared_state& shared, std::span<const server_state> servers, const client& from, schedule::random& random) const noexcept {
  if (servers.size() != size()) return -1;
  const arrival a{slots_, shared, servers, from, random};
  return std::visit([&](const auto& scheduler) { return scheduler.pick(a); }, scheduler_);
}

}  // namespace waggle::proxy::schedule
