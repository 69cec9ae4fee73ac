#include "middleware/check_cache.hpp"

#include "middleware/process_key.hpp"

#include <string>

namespace waggle::proxy::middleware {

check_cache::key check_cache::key_of(std::string_view name, std::string_view stored, std::string_view password) {
  std::string text(name);
  text += '\0';
  text += stored;
  text += '\0';
  text += password;
  const key out = keyed_digest(text);
  secure_clear(text);
  return out;
}

std::optional<bool> check_cache::find(const key& k, io::time_ms now) const {
  const std::lock_guard lock(mutex_);
  if (const auto it = good_.find(k); it != good_.end() && now < it->second) return true;
  if (const auto it = bad_.find(k); it != bad_.end() && now < it->second) return false;
  return std::nullopt;
}

void check_cache::store(const key& k, bool good, io::time_ms now) {
  const std::lock_guard lock(mutex_);
  auto& table = good ? good_ : bad_;
  if (table.size() >= limit && !table.contains(k)) {
    auto victim = table.upper_bound(k);  // keys are as good as random, so this one is any
    if (victim == table.end()) victim = table.begin();
    table.erase(victim);
  }
  table[k] = now + (good ? keep_good : keep_bad);
}

}  // namespace waggle::proxy::middleware
