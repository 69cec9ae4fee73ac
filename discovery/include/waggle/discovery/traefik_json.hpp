// A configuration as Traefik 1's API shows it: member order, omissions and escaping of its Go encoder, byte for byte. Pure;
// right for every provider. Secrets (user lists, keys) are never shown, as in Traefik.
#pragma once

#include <waggle/model/configuration.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

/// GET /api/providers/{p}: `{}` when nothing is configured.
std::string traefik_json(const model::configuration& config);

/// GET …/backends, …/backends/{b}/servers, …/frontends, …/frontends/{f}/routes: objects by name, `{}` if empty.
std::string backends_json(const model::http_configuration& all);
std::string traefik_json(const std::vector<model::server>& servers);
std::string frontends_json(const model::http_configuration& all);
std::string traefik_json(const std::vector<model::route_rule>& routes);

/// One of them, without its name. @param all  what they stand in: their middlewares are members here.
std::string traefik_json(const model::http_configuration& all, const model::service& backend);
std::string traefik_json(const model::server& server);
std::string traefik_json(const model::http_configuration& all, const model::router& frontend);
std::string traefik_json(const model::route_rule& route);

/// Text as a JSON string with its quotes, escaped as Go's encoding/json does (HTML characters, U+2028, U+2029).
std::string go_json_string(std::string_view text);

}  // namespace waggle::discovery
