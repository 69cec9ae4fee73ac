// What went wrong between waggle and the Engine, sorted by what an operator has to do about it.
#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace waggle::discovery {

enum class fault_kind {
  no_socket,          ///< the path does not exist, or nobody listens
  permission_denied,  ///< the socket may not be opened
  unreachable,        ///< tcp: refused, no route, name unknown
  tls,                ///< handshake or certificates
  timeout,            ///< no answer in time
  cut,                ///< the connection ended inside an answer
  not_an_engine,      ///< answers, but not as a Docker Engine does
  garbage,            ///< an Engine's answer that cannot be read
  not_manager,        ///< a worker node
  no_swarm,           ///< swarm mode is off on that node
  no_leader,          ///< managers without quorum; passes
  engine_error,       ///< any other error answer
  gone,               ///< 404: what was asked for no longer exists
  stopped,            ///< waggle itself is ending
};

/// `text` is what Traefik would print as E (section 13.4 of its behaviour): `Error response from daemon: …` or `Cannot
/// connect to the Docker daemon at …`; `cause` and `fix` say the same in waggle's own words.
struct engine_fault {
  fault_kind kind = fault_kind::engine_error;
  std::string text, cause, fix;
};

template <class T>
using engine_result = boost::system::result<T, engine_fault>;

[[noreturn]] inline void throw_exception_from_error(const engine_fault& f, const boost::source_location&) {
  throw std::logic_error("value() of a failed result: " + f.text);
}

/// What the transport saw, before it is judged.
struct transport_failure {
  enum class step { none, connect, tls, send, receive, timeout, too_long, stopped } where = step::none;
  int os_error = 0;  ///< errno of a failed connect, or 0
  std::string text;  ///< the library's words
};

/// No answer at all. @param endpoint as configured.
engine_fault judge_failure(const transport_failure& failure, const std::string& endpoint);
/// An answer with a status of 300 or more.
engine_fault judge_status(long status, const std::string& body, const std::string& endpoint, std::string_view path = {});
/// A 2xx answer that cannot be read.
engine_fault judge_garbage(const std::string& reason, const std::string& endpoint);

}  // namespace waggle::discovery
