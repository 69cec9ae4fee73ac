#include "middleware/process_key.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace waggle::proxy::middleware {
namespace {

struct random_key {
  unsigned char bytes[32];
  random_key() {
    if (RAND_bytes(bytes, sizeof bytes) != 1) throw std::runtime_error("no randomness");
  }
};

}  // namespace

std::array<std::uint8_t, 32> keyed_digest(std::string_view text) {
  static const random_key key;
  std::array<std::uint8_t, 32> out{};
  unsigned size = 0;
  if (!HMAC(EVP_sha256(), key.bytes, sizeof key.bytes, reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size))
    throw std::runtime_error("no HMAC");
  return out;
}

void secure_clear(std::string& text) noexcept {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace waggle::proxy::middleware
