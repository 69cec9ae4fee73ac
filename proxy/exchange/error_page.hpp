// A frontend's own answers for failures: the page of another backend in place of the answer, with the answer's status.
#pragma once

#include "exchange/incoming.hpp"
#include "io/task.hpp"
#include "middleware/step.hpp"
#include "routing/error_pages.hpp"
#include "routing/table.hpp"
#include "stream/client_facts.hpp"
#include "stream/server_stream.hpp"
#include "worker/worker.hpp"

#include <optional>

namespace waggle::proxy {

/// @param of  the frontend's. @return the answer to give, or none: then the plain text of the status has to do.
io::task<std::optional<middleware::local_answer>> fetch_error_page(worker& w, server_stream& client, const client_facts& from, const incoming& in,
                                                                   const routing::frontend& of, const routing::error_page& page, unsigned status);

}  // namespace waggle::proxy
