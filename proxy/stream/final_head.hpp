// What makes a server's answer head into the one that the client gets.
#pragma once

#include "access/record.hpp"
#include "middleware/answer_rules.hpp"
#include "plan/backend.hpp"

#include <waggle/http/message.hpp>

#include <string_view>

namespace waggle::proxy {

/// Views, valid during a call.
struct final_head {
  const http::answer& head;                         ///< as received
  const middleware::answer_rules* rules = nullptr;  ///< of the frontend; null: none
  bool secure = false;                              ///< … those for TLS apply
  bool compressed = false;                          ///< the body goes out gzipped
  bool describes_compressed = false;                ///< there is none, but GET would get it gzipped
  bool varies = false;                              ///< answers of this entry point differ by Accept-Encoding
  const plan::backend* cookie_of = nullptr;         ///< null: no cookie is set
  const plan::server* cookie_for = nullptr;
  std::string_view announced = {};  ///< value of Trailer; empty: none
  access::record* record = nullptr;
};

}  // namespace waggle::proxy
