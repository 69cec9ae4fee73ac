#include "middleware/password.hpp"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

namespace waggle::proxy::middleware {
namespace {

std::string sha1_base64(std::string_view password) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(password.data(), password.size(), digest, &size, EVP_sha1(), nullptr) != 1) return {};
  unsigned char text[64];
  const int n = EVP_EncodeBlock(text, digest, static_cast<int>(size));
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(n)};
}

/// MD5 over pieces, with one context for all rounds.
class md5 {
 public:
  using digest = std::array<unsigned char, 16>;
  bool usable() const noexcept { return context_ && kind_; }  // not where a policy forbids it (FIPS)
  void begin() noexcept { EVP_DigestInit_ex(context_.get(), kind_.get(), nullptr); }
  void add(std::string_view bytes) noexcept { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  void add(const digest& d, std::size_t n = 16) noexcept { EVP_DigestUpdate(context_.get(), d.data(), n); }
  digest end() noexcept {
    digest out{};
    EVP_DigestFinal_ex(context_.get(), out.data(), nullptr);
    return out;
  }

 private:
  struct free_context {
    void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
  };
  struct free_kind {
    void operator()(EVP_MD* m) const noexcept { EVP_MD_free(m); }
  };
  std::unique_ptr<EVP_MD_CTX, free_context> context_{EVP_MD_CTX_new()};
  std::unique_ptr<EVP_MD, free_kind> kind_{EVP_MD_fetch(nullptr, "MD5", nullptr)};
};

bool fits_md5(std::string_view stored, std::string_view magic, std::string_view password) {
  const std::string_view rest = stored.substr(magic.size());
  const std::string made = md5_crypt(magic, rest.substr(0, rest.find('$')), password);
  return !made.empty() && equal_bytes(made, stored);
}

bool fits_bcrypt(std::string_view stored, std::string_view password) {
  if (password.find('\0') != std::string_view::npos) return false;  // C strings end there
  const auto memory = std::make_unique<crypt_data>();
  const std::string setting(stored), phrase(password);
  const char* const made = crypt_r(phrase.c_str(), setting.c_str(), memory.get());
  const bool ok = made && made[0] == '$' && equal_bytes(made, stored);
  OPENSSL_cleanse(memory.get(), sizeof(crypt_data));
  return ok;
}

}  // namespace

hash_kind kind_of(std::string_view s) noexcept {
  if (s.starts_with("{SHA}")) return hash_kind::sha1;
  if (s.starts_with("$apr1$") || s.starts_with("$1$")) return hash_kind::md5;
  // Not "$2x$": that prefix asks for the faulty algorithm of old. Nothing else goes to crypt(3), which knows DES as well.
  if (s.size() == 60 && (s.starts_with("$2a$") || s.starts_with("$2b$") || s.starts_with("$2y$")))
    return bcrypt_cost(s) > most_bcrypt_cost ? hash_kind::costly : hash_kind::bcrypt;
  return hash_kind::unknown;
}

bool fits(std::string_view stored, std::string_view password) {
  if (password.size() > longest_password) return false;
  switch (kind_of(stored)) {
    case hash_kind::sha1: return equal_bytes(stored.substr(5), sha1_base64(password));
    case hash_kind::md5: return fits_md5(stored, stored.starts_with("$1$") ? "$1$" : "$apr1$", password);
    case hash_kind::bcrypt: return fits_bcrypt(stored, password);
    case hash_kind::costly:
    case hash_kind::unknown: break;
  }
  return false;
}

std::string md5_crypt(std::string_view magic, std::string_view salt, std::string_view password) {
  salt = salt.substr(0, 8);
  md5 hash;
  if (!hash.usable()) return {};
  hash.begin();
  hash.add(password);
  hash.add(salt);
  hash.add(password);
  const md5::digest inner = hash.end();

  hash.begin();
  hash.add(password);
  hash.add(magic);
  hash.add(salt);
  for (std::size_t left = password.size(); left > 0; left -= std::min<std::size_t>(left, 16)) hash.add(inner, std::min<std::size_t>(left, 16));
  // As the first implementation did: a NUL for each set bit of the length, else the first letter.
  for (std::size_t bits = password.size(); bits > 0; bits >>= 1) hash.add(bits & 1 ? std::string_view("\0", 1) : password.substr(0, 1));
  md5::digest d = hash.end();

  for (unsigned round = 0; round < 1000; ++round) {
    hash.begin();
    if (round & 1) hash.add(password);
    else hash.add(d);
    if (round % 3) hash.add(salt);
    if (round % 7) hash.add(password);
    if (round & 1) hash.add(d);
    else hash.add(password);
    d = hash.end();
  }

  constexpr char letters[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string out(magic);
  out.append(salt).push_back('$');
  const auto put = [&](unsigned bits, int count) {
    for (; count > 0; --count, bits >>= 6) out += letters[bits & 63];
  };
  constexpr unsigned char order[5][3] = {{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}};
  for (const auto& o : order) put(static_cast<unsigned>(d[o[0]]) << 16 | static_cast<unsigned>(d[o[1]]) << 8 | d[o[2]], 4);
  put(d[11], 2);
  return out;
}

bool equal_bytes(std::string_view a, std::string_view b) noexcept { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace waggle::proxy::middleware
