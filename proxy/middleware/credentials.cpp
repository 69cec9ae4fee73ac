#include "middleware/credentials.hpp"

#include "http1/chars.hpp"
#include "middleware/password.hpp"
#include "middleware/process_key.hpp"

#include <waggle/http/field.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace waggle::proxy::middleware {
namespace {

std::string hex(const unsigned char* bytes, std::size_t n) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < n; ++i) {
    out += digits[bytes[i] >> 4];
    out += digits[bytes[i] & 15];
  }
  return out;
}

std::string md5_hex(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr) != 1) return {};
  return hex(digest, size);
}

/// What follows the scheme; none if it is another.
std::optional<std::string_view> after_scheme(std::string_view value, std::string_view scheme) {
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ' || !http::iequals(value.substr(0, scheme.size()), scheme)) return std::nullopt;
  return http::trim_ows(value.substr(scheme.size() + 1));
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.size() > 64 * 1024) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const auto letter = [](char c) { return http1::is(c, http1::digit) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/'; };
  if (!std::all_of(text.begin(), text.end() - static_cast<std::ptrdiff_t>(padding), letter)) return std::nullopt;
  std::vector<unsigned char> out(text.size() / 4 * 3 + 1);
  const int n = EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (n < 0) return std::nullopt;
  return std::string(out.begin(), out.begin() + n - static_cast<std::ptrdiff_t>(padding));
}

constexpr std::string_view nonce_label = "digest nonce ";
constexpr std::size_t time_digits = 16, mac_bytes = 16;

std::string nonce_mac(std::string_view time) {
  const auto mac = keyed_digest(std::string(nonce_label).append(time));
  return hex(mac.data(), mac_bytes);
}

}  // namespace

std::optional<basic_credentials> parse_basic(std::string_view authorization) {
  const auto rest = after_scheme(authorization, "Basic");
  if (!rest) return std::nullopt;
  const auto text = decode_base64(*rest);
  if (!text) return std::nullopt;
  const std::size_t colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return basic_credentials{text->substr(0, colon), text->substr(colon + 1)};
}

std::optional<digest_credentials> parse_digest(std::string_view authorization) {
  auto rest = after_scheme(authorization, "Digest");
  if (!rest) return std::nullopt;
  digest_credentials out;
  struct slot {
    std::string_view name;
    std::string* to;
    bool seen = false;
  } slots[] = {{"username", &out.name}, {"realm", &out.realm},       {"nonce", &out.nonce},
               {"uri", &out.uri},       {"response", &out.response}, {"cnonce", &out.cnonce},
               {"nc", &out.nc},         {"qop", &out.qop},           {"algorithm", &out.algorithm}};
  std::string_view in = *rest;
  for (;;) {
    while (!in.empty() && (in.front() == ' ' || in.front() == '\t' || in.front() == ',')) in.remove_prefix(1);
    if (in.empty()) break;
    std::size_t n = 0;
    while (n < in.size() && http1::is(in[n], http1::tchar)) ++n;
    const std::string_view name = in.substr(0, n);
    in = http::trim_ows(in.substr(n));
    if (name.empty() || in.empty() || in.front() != '=') return std::nullopt;
    in = http::trim_ows(in.substr(1));
    std::string value;
    if (!in.empty() && in.front() == '"') {
      std::size_t i = 1;
      for (; i < in.size() && in[i] != '"'; ++i) {
        if (in[i] == '\\' && ++i == in.size()) return std::nullopt;
        value += in[i];
      }
      if (i == in.size()) return std::nullopt;
      in.remove_prefix(i + 1);
    } else {
      n = std::min(in.find_first_of(", \t"), in.size());
      value = in.substr(0, n);
      in.remove_prefix(n);
    }
    in = http::trim_ows(in);
    if (!in.empty() && in.front() != ',') return std::nullopt;
    for (slot& s : slots) {
      if (!http::iequals(s.name, name)) continue;
      if (s.seen) return std::nullopt;
      s.seen = true;
      *s.to = std::move(value);
      break;
    }
  }
  if (std::any_of(std::begin(slots), std::end(slots) - 1, [](const slot& s) { return !s.seen; })) return std::nullopt;  // but algorithm
  return out;
}

std::string digest_response(const digest_credentials& c, std::string_view secret, std::string_view method) {
  std::string text(secret);
  text.append(":").append(c.nonce).append(":").append(c.nc).append(":").append(c.cnonce).append(":").append(c.qop).append(":");
  text += md5_hex(std::string(method).append(":").append(c.uri));
  return md5_hex(text);
}

std::string make_nonce(std::uint64_t now_ms) {
  unsigned char bytes[8];
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(now_ms >> (56 - 8 * i));
  std::string out = hex(bytes, 8);
  return out + nonce_mac(out);
}

std::optional<std::uint64_t> read_nonce(std::string_view nonce) {
  if (nonce.size() != time_digits + 2 * mac_bytes) return std::nullopt;
  const std::string_view time = nonce.substr(0, time_digits);
  if (!equal_bytes(nonce_mac(time), nonce.substr(time_digits))) return std::nullopt;
  std::uint64_t out = 0;
  std::from_chars(time.data(), time.data() + time.size(), out, 16);
  return out;
}

}  // namespace waggle::proxy::middleware
