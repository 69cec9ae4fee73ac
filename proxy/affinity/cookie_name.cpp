#include "affinity/cookie_name.hpp"

#include <openssl/sha.h>

namespace waggle::proxy::affinity {

std::string cookie_name(const model::stickiness& options, std::string_view backend_name) {
  if (!options.cookie_name.empty()) {
    std::string out;
    const std::string_view in = options.cookie_name;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const auto c = static_cast<unsigned char>(in[i]);
      if (c >= 0x80) {  // one '_' for a whole UTF-8 sequence
        out += '_';
        while (i + 1 < in.size() && (static_cast<unsigned char>(in[i + 1]) & 0xC0) == 0x80) ++i;
        continue;
      }
      const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("!#$%&'*+-.^`|~").find(in[i]) != std::string_view::npos;
      out += ok ? in[i] : '_';
    }
    return out;
  }
  const std::string text = "_TRAEFIK_BACKEND_" + std::string(backend_name);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  static constexpr char hex[] = "0123456789abcdef";
  std::string out = "_";
  for (int i = 0; i < 5; ++i) out += hex[i % 2 == 0 ? digest[i / 2] >> 4 : digest[i / 2] & 15];
  return out;
}

std::string cookie_attributes(const model::stickiness& options) {
  std::string out = "; Path=/";
  if (options.http_only) out += "; HttpOnly";
  if (options.secure) out += "; Secure";
  if (options.same_site == "lax") out += "; SameSite=Lax";
  else if (options.same_site == "strict") out += "; SameSite=Strict";
  else if (options.same_site == "none") out += "; SameSite=None";
  return out;
}

}  // namespace waggle::proxy::affinity
