// One kind of middleware: who may come in.
// Plain data as Traefik 1 names it; whether a value makes sense is judged where it is wired.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace waggle::model {

/// Basic or digest authentication. Users are never shown by the API.
struct auth_users {
  std::vector<std::string> users;
  std::string users_file;
  bool remove_header = false;
  bool operator==(const auth_users&) const = default;
};

struct client_tls {
  std::string ca, cert, key;
  bool ca_optional = false, insecure_skip_verify = false;
  bool operator==(const client_tls&) const = default;
};

struct auth_forward {
  std::string address;
  std::optional<client_tls> tls;
  bool trust_forward_header = false;
  std::vector<std::string> auth_response_headers;
  bool operator==(const auth_forward&) const = default;
};

/// At most one of the three kinds is set.
struct auth {
  std::optional<auth_users> basic, digest;
  std::optional<auth_forward> forward;
  std::string header_field;
  bool operator==(const auth&) const = default;
};

}  // namespace waggle::model
