#include <waggle/http/sticky_cookie.hpp>

#include <openssl/sha.h>

#include <cstddef>

namespace waggle::http {

std::string sticky_cookie_name(std::string_view configured, std::string_view backend_name) {
  if (!configured.empty()) {
    std::string out;
    for (std::size_t i = 0; i < configured.size(); ++i) {
      const auto c = static_cast<unsigned char>(configured[i]);
      if (c >= 0x80) {  // one '_' for a whole UTF-8 sequence
        out += '_';
        while (i + 1 < configured.size() && (static_cast<unsigned char>(configured[i + 1]) & 0xC0) == 0x80) ++i;
        continue;
      }
      const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("!#$%&'*+-.^`|~").find(configured[i]) != std::string_view::npos;
      out += ok ? configured[i] : '_';
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

}  // namespace waggle::http
