// One element of GET /containers/json → a container. JSON lives and dies here, as in api_codec.
#pragma once

#include "swarm/containers.hpp"

#include <waggle/base/result.hpp>

#include <string_view>

namespace waggle::discovery {

/// @return what is wrong with the text ("not JSON: …", "a container without Id").
base::text_result<container> decode_listed_container(std::string_view json);

}  // namespace waggle::discovery
