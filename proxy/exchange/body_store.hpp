// Where bodies of one exchange are kept whole (labels of buffering): their place, their limits, and what is done when there is none.
#pragma once

#include "decision/fault.hpp"
#include "exchange/choice.hpp"
#include "io/spool.hpp"
#include "io/task.hpp"
#include "stream/server_stream.hpp"
#include "worker/worker.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace waggle::proxy {

class body_store {
 public:
  body_store(worker& w, server_stream& client, const choice& where) noexcept : w_(w), client_(client), choice_(where) {}
  body_store(const body_store&) = delete;

  io::spool::place place() const;
  /// The limit of a body: the label's, else the one of all, and never more than one service may keep.
  std::uint64_t longest(std::uint64_t by_label) const noexcept;
  /// The request's whole body, before a server is chosen: so it can be sent again. @param most  bytes. @param memory  of them, by label.
  /// @param limit  how long it may bring nothing.
  /// @return nothing, and the body in `into` (null: there is none); or why there is no whole body: request_too_large, no_room,
  /// bad_request_body, request_timeout, client_gone.
  io::task<fault> collect(std::uint64_t most, std::uint64_t memory, std::chrono::milliseconds limit, std::unique_ptr<io::spool>& into);
  /// Waits until what `s` has handed to the disk is there. @return nothing, no_room or client_gone.
  io::task<fault> written(io::spool& s);
  /// What came of an append, for the log and the answer. @param whose  "a request body"
  fault outcome_of(io::spool::outcome what, const char* whose);
  /// At a level that is on by default, of what any client can bring about as often as it likes: a few lines, the rest as a number.
  void complain(std::string text);
  /// The exchange's client does not go on, what it keeps on disk is wanted by others, and there are no clocks that would end it. Ask
  /// while it waits for its client.
  bool gives_way(const io::spool* request, const io::spool* answer);
  /// When to ask that again.
  io::time_ms next_look(const io::spool* request, const io::spool* answer) const noexcept {
    return request || answer ? w_.loop.now() + 1'000 : io::never;
  }

 private:
  static constexpr io::time_ms disk_stall = 10'000;  ///< without 64 KiB of progress, while others want room on the disk
  io::task<fault> keep(io::spool& in, std::string_view bytes);
  io::side_threads::owner owner() const { return io::side_threads::owner_of(choice_.to->name); }

  worker& w_;
  server_stream& client_;
  const choice& choice_;
};

}  // namespace waggle::proxy
