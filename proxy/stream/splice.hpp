// Bodies of a known length past user space, from one end of an exchange to the other: where may_splice() of both says so.
#pragma once

#include "io/pipe.hpp"
#include "stream/client_stream.hpp"
#include "stream/server_stream.hpp"

namespace waggle::proxy {

/// One step. At the end of the body, when the pipe is empty, from.is_body_read().
io::pipe::progress splice_request_body(server_stream& from, client_stream& to, io::pipe& through);

/// One step. At the end of the body from.body_left() is 0; the pipe may hold some of it.
io::pipe::progress splice_answer_body(client_stream& from, server_stream& to, io::pipe& through);

}  // namespace waggle::proxy
