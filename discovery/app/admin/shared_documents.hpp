// Large answers of the API that are the same for all who ask: a text that is still being sent is given to others as well, so that a
// crowd which does not read costs one text a second, not one each. Nothing is kept for its own sake. Thread: the API's.
#pragma once

#include "admin/message.hpp"

#include <waggle/base/clock.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waggle::app::admin {

class shared_documents {
 public:
  static constexpr std::chrono::seconds fresh{1};
  /// What a text was made of: with other configurations it is another one, however young.
  using ingredients = std::vector<std::shared_ptr<const void>>;

  /// The answer kept under `key`, if somebody still has its text, it is fresh, and it was made of the same.
  std::optional<response> find(const std::string& key, const ingredients& of, base::mono_time now) const {
    const auto at = known_.find(key);
    if (at == known_.end() || now - at->second.at >= fresh || !same(at->second.of, of)) return std::nullopt;
    auto text = at->second.text.lock();
    if (!text) return std::nullopt;
    response out = at->second.head;
    out.shared = std::move(text);
    return out;
  }

  /// Makes the answer's text one that others may get.
  void share(const std::string& key, response& made, const ingredients& of, base::mono_time now) {
    std::erase_if(known_, [](const auto& e) { return e.second.text.expired(); });
    made.shared = std::make_shared<const std::string>(std::exchange(made.body, {}));
    document& d = known_[key];
    d = {made, made.shared, {of.begin(), of.end()}, now};
    d.head.shared.reset();
  }

 private:
  struct document {
    response head;
    std::weak_ptr<const std::string> text;
    std::vector<std::weak_ptr<const void>> of;
    base::mono_time at{};
  };
  static bool same(const std::vector<std::weak_ptr<const void>>& a, const ingredients& b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) { return !x.owner_before(y) && !y.owner_before(x); });
  }

  std::map<std::string, document> known_;  // as many as are being sent
};

}  // namespace waggle::app::admin
