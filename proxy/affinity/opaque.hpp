// Opaque sticky cookies: a keyed digest of who a server is in the swarm (service and slot, or node), so that a cookie tells
// nothing, cannot be made up, and means the same for every replica that has the key.
#pragma once

#include <waggle/model/service/server.hpp>

#include <string>
#include <string_view>

namespace waggle::proxy::affinity {

/// Who keeps a server's place when it goes: "service/3" by slot, "service/@node" for global services; empty outside Swarm and
/// behind a virtual address, where nobody does.
std::string slot_of(const model::origin& who);

class opaque_key {
 public:
  static constexpr std::size_t value_size = 32;

  /// @param secret  empty: a random key that only this process knows.
  explicit opaque_key(std::string_view secret);
  ~opaque_key();
  opaque_key(const opaque_key&) = delete;

  /// Do other replicas make the same values?
  bool shared() const noexcept { return shared_; }
  /// 128 bits of HMAC-SHA-256 in hex digits; of the URL where there is no slot.
  std::string value_of(const std::string& slot, const std::string& url) const;

 private:
  std::string key_;
  bool shared_;
};

/// Takes equally long whatever differs.
bool same_value(std::string_view a, std::string_view b) noexcept;

}  // namespace waggle::proxy::affinity
