#include "translate/names.hpp"

#include <openssl/evp.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <memory>

namespace waggle::discovery {

namespace {

bool ascii_word(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

struct md_deleter {
  void operator()(EVP_MD* md) const noexcept { EVP_MD_free(md); }
  void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
};

}  // namespace

std::string normalised(std::string_view text) {
  // A character outside ASCII is rare enough to ask RE2, which knows Unicode's categories as Go does.
  static const re2::RE2 word("[\\pL\\pN]");
  std::string out;
  out.reserve(text.size());
  bool gap = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    std::size_t n = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    n = std::min(n, text.size() - i);
    const auto character = text.substr(i, n);
    const bool keep = lead < 0x80 ? ascii_word(text[i]) : re2::RE2::FullMatch(re2::StringPiece(character.data(), character.size()), word);
    if (keep) {
      if (gap && !out.empty()) out += '-';
      gap = false;
      out.append(character);
    } else {
      gap = true;
    }
    i += n;
  }
  return out;
}

std::string as_subdomain(std::string_view text) {
  if (!text.empty() && text.front() == '/') text.remove_prefix(1);
  std::string out(text);
  for (char& c : out) {
    if (c == '/' || c == '_') c = '-';
  }
  return out;
}

std::string md5_hex(std::string_view text) {
  // Fetched once: OpenSSL 3 looks an algorithm up by name at each implicit use.
  static const std::unique_ptr<EVP_MD, md_deleter> md5(EVP_MD_fetch(nullptr, "MD5", nullptr));
  thread_local const std::unique_ptr<EVP_MD_CTX, md_deleter> context(EVP_MD_CTX_new());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestInit_ex(context.get(), md5.get(), nullptr);
  EVP_DigestUpdate(context.get(), text.data(), text.size());
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  static constexpr char hex[] = "0123456789abcdef";
  std::string out;
  out.reserve(32);
  for (unsigned int i = 0; i < size; ++i) {
    out += hex[digest[i] >> 4];
    out += hex[digest[i] & 15];
  }
  return out;
}

std::string join_host_port(std::string_view host, std::string_view port) {
  const bool brackets = host.find_first_of(":%") != std::string_view::npos;
  std::string out;
  if (brackets) out += '[';
  out.append(host);
  if (brackets) out += ']';
  out += ':';
  out.append(port);
  return out;
}

std::string said_name(const service& s) { return (s.container ? "the container " : "the service ") + s.name; }

std::string server_name(std::string_view item, std::string_view url) {
  std::string raw = "server-";
  raw.append(item);
  raw += '-';
  raw += md5_hex(url);
  return normalised(raw);
}

}  // namespace waggle::discovery
