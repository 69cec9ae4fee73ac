// An HTTP/1 head → a request as a value, validated, that outlives scratch memory. No I/O.
#pragma once

#include "exchange/request_steps.hpp"
#include "exchange/incoming.hpp"
#include "stream/client_facts.hpp"
#include "stream/server_stream.hpp"
#include "worker/worker.hpp"

#include <string_view>

namespace waggle::proxy {

/// @param bytes  of the head in the worker's scratch. @return go_on, options_answered or refused.
request_steps::outcome receive(worker& w, const client_facts& from, std::string_view bytes, incoming& out, server_stream& client);

}  // namespace waggle::proxy
