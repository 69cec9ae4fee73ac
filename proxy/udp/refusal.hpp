// What an error of a session's socket means: for its server, for the session, for the datagram. Pure.
#pragma once

#include <cerrno>

namespace waggle::proxy::udp {

struct verdict {
  bool server_failed = false;  ///< counts as a failed connect
  bool moves = false;          ///< the session looks for another server
  bool repeats = false;        ///< … and what the first one has not answered is sent again
  bool again = false;          ///< what is to be sent now was not sent: the error is about an earlier one
};

/// What is known of the session.
struct session_facts {
  bool answered = false;  ///< a reply has come: the server knows the session
  bool moved = false;     ///< it was refused before, and nobody has answered since
};

/// @param error  errno of a send or receive, or SO_ERROR.
/// A server that refuses (ICMP: port unreachable) has not read the datagram. Once it has answered, it may be that an older one was read and
/// only the answer's way is shut, so nothing is sent twice.
constexpr verdict judge(int error, const session_facts& s) noexcept {
  switch (error) {
    case ECONNREFUSED: return {.server_failed = true, .moves = !s.moved, .repeats = !s.moved && !s.answered, .again = true};
    case EMSGSIZE:  // larger than the path takes
    case EAGAIN:    // our own wants
    case ENOBUFS:
    case ENOMEM:
    case EINTR:
    case EPERM: return {};
    default: return {.server_failed = true, .again = true};
  }
}

/// The kernel cannot send a bundle: too large for the path's MTU, or the device computes no checksums. One by one it may go.
constexpr bool is_of_bundle(int error) noexcept { return error == EMSGSIZE || error == EINVAL || error == EIO || error == EOPNOTSUPP; }

}  // namespace waggle::proxy::udp
