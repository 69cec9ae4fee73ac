#include "routing/numbers.hpp"

namespace waggle::proxy::routing {

plan::dense_id numbers::take(const base::shared_text& key) {
  use& u = by_key[key];
  if (u.users++ > 0) return u.id;
  if (free.empty()) u.id = next++;
  else {
    u.id = free.back();
    free.pop_back();
  }
  return u.id;
}

bool numbers::give_back(const base::shared_text& key, plan::dense_id& id) {
  const auto it = by_key.find(key);
  if (it == by_key.end() || --it->second.users > 0) return false;
  id = it->second.id;
  by_key.erase(it);
  return true;
}

}  // namespace waggle::proxy::routing
