// The keys of a schema: which row a key belongs to, and which known key a misspelt one is most like.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace waggle::discovery {

class label_index {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  /// @param key  outlives this; "<name>" in it stands for a part without dots or blanks.
  void add(std::string_view key);
  /// Number of the key, counted in the order of add(); none. @param part  receives what stands for <name>.
  std::size_t find(std::string_view key, std::string_view& part) const noexcept;
  /// The known key most like `key`, or empty if none is near.
  std::string nearest(std::string_view key) const;

 private:
  std::vector<std::string_view> keys_;
  std::unordered_map<std::string_view, std::size_t> exact_;
  std::vector<std::size_t> patterns_;
};

}  // namespace waggle::discovery
