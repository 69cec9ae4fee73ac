// A UDP service as one publish left it: immutable values that the table and the sessions of its clients share.
#pragma once

#include "plan/layer4_service.hpp"

#include <waggle/model/udp.hpp>

#include <memory>

namespace waggle::proxy::plan {

struct udp_service : layer4_service {
  std::shared_ptr<const model::udp_service> source;
};

}  // namespace waggle::proxy::plan
