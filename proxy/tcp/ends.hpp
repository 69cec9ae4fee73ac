// How the two directions of a relayed connection end, and what the end of one means for the other. A FIN ends one direction and is passed
// on behind the last byte; the other lives on. A reset ends both, but what its side has said before it is passed on first: a server that
// refuses with a last word resets behind it when it has not read all (RFC 9293 section 3.10.7.4), and clients read that word. Pure.
#pragma once

#include <cerrno>
#include <cstdint>

namespace waggle::proxy::tcp {

class ends {
 public:
  /// What is known of one side.
  struct side {
    bool ended = false;   ///< FIN: it says nothing more
    bool deaf = false;    ///< what is sent to it is lost; what it has said before can still be read
    bool gone = false;    ///< reset: neither
    bool silent = false;  ///< … since it did not answer any more
  };
  enum class verdict : std::uint8_t {
    relay,     ///< something may still come
    finished,  ///< both have ended, and all was passed on
    cut        ///< one is gone: the other is reset behind what it gets still
  };
  side client, server;

  /// read() of `of` gave an end; all before it was taken. @return pass it on as a FIN; false: it was no clean one.
  static bool saw_end(side& of) noexcept {
    // The kernel tells of a reset once: who was told while sending finds a clean end behind the last byte (tcp(7), SO_ERROR).
    (of.deaf ? of.gone : of.ended) = true;
    return !of.gone;
  }
  /// read() failed. @param error  errno; 0: not known.
  static void saw_reset(side& of, int error = 0) noexcept {
    of.gone = true;
    of.silent = of.silent || error == ETIMEDOUT;
  }
  /// write() failed.
  static void lost_bytes(side& of, int error = 0) noexcept {
    (of.ended ? of.gone : of.deaf) = true;
    of.silent = of.silent || error == ETIMEDOUT;
  }

  verdict judge() const noexcept {
    if (client.gone || server.gone) return verdict::cut;
    return client.ended && server.ended ? verdict::finished : verdict::relay;
  }
  /// Bytes of one side would be lost on the other.
  bool may_read(const side& from, const side& to) const noexcept { return !from.ended && !from.gone && !to.deaf && !to.gone; }
  /// From now on nobody waits long for the other one.
  bool hurried() const noexcept { return client.deaf || server.deaf || client.gone || server.gone; }
};

}  // namespace waggle::proxy::tcp
