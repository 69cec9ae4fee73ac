// One request's client: has it left while its request is worked on, or has it only said all that it has to say? It is sent the next
// byte that it gets anyway. A socket that was closed answers with a reset, one that was half-closed takes it as the beginning of its
// answer. What is concluded is decided in decision/leaving.hpp.
#pragma once

#include "decision/leaving.hpp"
#include "io/loop.hpp"
#include "io/stream.hpp"
#include "stream/client_output.hpp"

#include <cstdint>

namespace waggle::proxy {

class client_watch {
 public:
  client_watch(io::loop& l, io::stream& client, client_output& out) noexcept;

  /// A request begins, whose client may have ended its side already. @param safe  its method has no effect but the answer.
  void begin(bool safe) noexcept;
  void end() noexcept;
  /// The client's end was reported. @param bits  of the stream, as reported now. @return those that nobody shall see: the request
  /// goes on without its client.
  std::uint8_t ended(std::uint8_t bits) noexcept;
  /// The request has come further: is there still a reason to go on without a client?
  /// @param sent  all of it is with the server, or the server takes no more.
  void judge(bool sent) noexcept;

  // What is known of the request
  void note_byte() noexcept { known_.last_byte = loop_.now(); }
  io::time_ms last_byte() const noexcept { return known_.last_byte; }
  void note_begun() noexcept { known_.begun = true; }
  void note_sent(bool all) noexcept { known_.sent = known_.begun && all; }
  void set_aborts(bool aborts) noexcept { known_.aborts = aborts; }
  /// Nobody is there to read.
  bool gone() const noexcept { return known_.gone; }
  bool may_repeat() const noexcept { return known_.may_repeat(); }

 private:
  struct look_timer final : io::timer {
    explicit look_timer(client_watch& w) noexcept : io::timer([](io::timer& self) { static_cast<look_timer&>(self).of.look(); }), of(w) {}
    client_watch& of;
  };
  void look();

  io::loop& loop_;
  io::stream& client_;
  client_output& out_;
  look_timer timer_{*this};  ///< when to look whether it is there
  leaving known_;
  bool watching_ = false;
};

}  // namespace waggle::proxy
