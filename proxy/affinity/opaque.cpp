#include "affinity/opaque.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace waggle::proxy::affinity {

std::string slot_of(const model::origin& who) {
  if (who.service_id.empty() || who.task_id.empty()) return {};
  if (who.slot != 0) return who.service_id + "/" + std::to_string(who.slot);
  return who.node_id.empty() ? std::string() : who.service_id + "/@" + who.node_id;
}

opaque_key::opaque_key(std::string_view secret) : key_(secret), shared_(!secret.empty()) {
  if (shared_) return;
  key_.resize(32);
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key_.data()), static_cast<int>(key_.size())) != 1) throw std::runtime_error("no randomness");
}

opaque_key::~opaque_key() { OPENSSL_cleanse(key_.data(), key_.size()); }

std::string opaque_key::value_of(const std::string& slot, const std::string& url) const {
  // The first word keeps these digests apart from any other use of the key; the second, slots from URLs.
  const std::string text = std::string("waggle sticky 1\0", 16) + (slot.empty() ? "url " + url : "slot " + slot);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest,
            &size))
    throw std::runtime_error("no HMAC");
  static constexpr char hex[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < value_size / 2; ++i) {
    out += hex[digest[i] >> 4];
    out += hex[digest[i] & 15];
  }
  return out;
}

bool same_value(std::string_view a, std::string_view b) noexcept { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace waggle::proxy::affinity
