// Which sockets are opened for one request until one of them connects. A task's address that is gone does not refuse, it hangs; and
// a server whose queue of connections is full hangs just so, while the kernel asks again after 1, 3 and 7 seconds (tcp(7), a SYN is
// dropped). The two cannot be told apart, so others are asked soon and nobody who was asked is given up before the whole time is
// over. Pure: times and outcomes in, actions out; exchange/connect.cpp does what it is told.
#pragma once

#include "io/timer_wheel.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace waggle::proxy::upstream {

class connect_race {
 public:
  static constexpr std::size_t most_tries = 5;      ///< sockets open at once
  static constexpr std::size_t most_at_first = 3;   ///< … before one is slow: a busy service must not get many times its connects
  static constexpr io::time_ms hedge_after = 100;   ///< without an answer: somebody else is asked as well
  static constexpr io::time_ms slow_after = 1'000;  ///< a server that has not answered by then counts as failed (passive health)
  static constexpr unsigned most_repeats = 3;

  struct action {
    enum class kind : std::uint8_t {
      wait,       ///< for an answer, until `until`
      ask_other,  ///< choose a server that was not asked yet and connect: opened(), or nobody_else()
      ask_again,  ///< a second socket to `server`: opened(); a SYN may have been lost
      drop,       ///< close the socket in `slot`; nothing is to be said of its server
      note_slow,  ///< `server` has been silent for slow_after
      time_over,  ///< close what is open: none came through in time
      all_failed  ///< none is open, and nobody is left to ask here
    } what;
    std::size_t slot = 0;
    int server = -1;
    io::time_ms until = 0;
  };

  /// @param first  the server of slot 0, whose socket is open. @param over_at  end of the whole race. @param others  there are some.
  /// @param insists  the request was promised this server (sticky cookie): others only when it is slow.
  connect_race(int first, io::time_ms now, io::time_ms over_at, bool others, bool insists) noexcept;

  /// What to do now; call again after each action but wait, time_over and all_failed. Where nothing could be opened (no descriptor)
  /// nothing is reported: the next one comes at its time.
  action next(io::time_ms now) noexcept;

  // What came of it.
  /// @return the slot for it.
  std::size_t opened(int server, io::time_ms now) noexcept;
  /// ask_other: there is no such server now, until look_again().
  void nobody_else(io::time_ms now) noexcept {
    others_ = false;
    --asks_;
    ask_at_ = now;
  }
  /// The socket in `slot` was refused. @return its server counts as failed.
  bool failed(std::size_t slot, io::time_ms now) noexcept;
  /// Another socket has won. @return the server of this one counts as failed: it lost by a margin.
  bool lost(std::size_t slot, std::size_t winner, io::time_ms now) const noexcept;
  /// Time is over. @return its server counts as failed, and has not been counted.
  bool expired(std::size_t slot) noexcept;

  // The swarm has moved on.
  /// There may be servers that were not asked.
  void look_again(io::time_ms now) noexcept;
  /// The same server has another number now; -1: it left. Where all that were asked have left, none of them has failed: another
  /// is asked at once.
  void renumber(std::size_t slot, int server) noexcept;

  bool is_open(std::size_t slot) const noexcept { return tries_[slot].open; }
  int server_of(std::size_t slot) const noexcept { return tries_[slot].server; }
  std::size_t open_count() const noexcept;
  io::time_ms begun() const noexcept { return begun_; }

 private:
  struct one {
    bool open = false, counted = false;  ///< counted as failed
    int server = -1;
    io::time_ms begun = 0;
  };
  bool is_only_socket(std::size_t slot) const noexcept;
  bool asks_one_server() const noexcept;
  void count(int server) noexcept;
  action ask(io::time_ms now) noexcept;
  action ask_another(io::time_ms now) noexcept;

  std::array<one, most_tries> tries_{};
  io::time_ms begun_, over_at_, ask_at_;
  unsigned asks_ = 0, repeats_ = 0;
  bool others_, insists_;
  bool all_left_ = false;
};

}  // namespace waggle::proxy::upstream
