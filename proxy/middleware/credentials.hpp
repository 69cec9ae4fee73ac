// The Authorization field taken apart (RFC 7617, RFC 7616). Pure; nothing it returns has been checked against any user.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waggle::proxy::middleware {

struct basic_credentials {
  std::string name, password;
};

/// "Basic " + base64 of name:password.
std::optional<basic_credentials> parse_basic(std::string_view authorization);

struct digest_credentials {
  std::string name, realm, nonce, uri, response, cnonce, nc, qop, algorithm;
};

/// "Digest " + parameters. None if a parameter comes twice, or one that RFC 7616 section 3.4 asks for with qop=auth is missing.
std::optional<digest_credentials> parse_digest(std::string_view authorization);

/// What the client must have sent as response (RFC 7616 section 3.4.1, algorithm MD5, qop auth). @param secret MD5 of
/// name:realm:password in hex.
std::string digest_response(const digest_credentials& c, std::string_view secret, std::string_view method);

/// A nonce carries its time and a keyed digest of it: no table of nonces, so any worker can check it. Another process cannot
/// (its key differs) and answers `stale=true`, to which clients send the same password again without asking anybody.
std::string make_nonce(std::uint64_t now_ms);
/// When it was made; none if this process did not make it.
std::optional<std::uint64_t> read_nonce(std::string_view nonce);

}  // namespace waggle::proxy::middleware
