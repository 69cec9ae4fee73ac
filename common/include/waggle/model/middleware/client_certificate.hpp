// One kind of middleware: what servers are told of the client's certificate.
// Plain data as Traefik 1 names it; whether a value makes sense is judged where it is wired.
#pragma once

#include <optional>

namespace waggle::model {

/// Which parts of a distinguished name travel in X-Forwarded-Tls-Client-Cert-Infos.
struct tls_cert_name {
  bool country = false, province = false, locality = false, organization = false, common_name = false;
  bool serial_number = false, domain_component = false;
  bool operator==(const tls_cert_name&) const = default;
};

struct tls_cert_infos {
  bool not_after = false, not_before = false, sans = false;
  std::optional<tls_cert_name> subject, issuer;
  bool operator==(const tls_cert_infos&) const = default;
};

struct pass_tls_client_cert {
  bool pem = false;
  std::optional<tls_cert_infos> infos;
  bool operator==(const pass_tls_client_cert&) const = default;
};

}  // namespace waggle::model
