// The middlewares of a frontend, each kind at most once: the order is that of Traefik 1.
#pragma once

#include <waggle/model/middleware/auth.hpp>
#include <waggle/model/middleware/client_certificate.hpp>
#include <waggle/model/middleware/error_page.hpp>
#include <waggle/model/middleware/headers.hpp>
#include <waggle/model/middleware/rate_limit.hpp>
#include <waggle/model/middleware/redirect.hpp>
#include <waggle/model/middleware/white_list.hpp>

#include <map>
#include <optional>
#include <string>

namespace waggle::model {

/// Everything of a frontend that is not its rule, backend, priority or entry points.
struct frontend_options {
  bool pass_tls_cert = false;
  std::optional<model::pass_tls_client_cert> pass_tls_client_cert;
  std::optional<model::white_list> white_list;
  std::optional<model::headers> headers;
  std::map<std::string, error_page> errors;
  std::optional<model::rate_limit> rate_limit;
  std::optional<model::redirect> redirect;
  std::optional<model::auth> auth;
  bool operator==(const frontend_options&) const = default;
};

}  // namespace waggle::model
