// A request as an exchange has it: the value, the memory behind it, and what its head said that no field tells any more.
#pragma once

#include "io/arena.hpp"

#include <waggle/http/hops.hpp>
#include <waggle/http/message.hpp>

namespace waggle::proxy {

struct incoming {
  io::arena memory;  ///< of its head and of what was changed in it
  http::request request;
  http::hops hops;
  bool to_head = false, to_get = false, idempotent = false;
  bool websocket = false;
  bool login = false;           ///< it authenticates the connection that it is sent on (NTLM, Negotiate)
  bool secure = false;          ///< answer rules for TLS apply
  bool varies = false;          ///< the entry point compresses: answers differ by Accept-Encoding
  bool accepts_gzip = false;    ///< … and this client takes gzip
  bool holds_identity = false;  ///< … but asks after a copy that is not gzipped (If-None-Match)
};

}  // namespace waggle::proxy
