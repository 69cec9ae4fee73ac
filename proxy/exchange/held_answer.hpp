// An answer that is kept back until it is complete and within its limit (labels of buffering).
#pragma once

#include "decision/step.hpp"
#include "exchange/body_store.hpp"
#include "io/spool.hpp"
#include "middleware/buffering.hpp"
#include "stream/server_stream.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::proxy {

class held_answer {
 public:
  /// @param how  of the route, which outlives this.
  held_answer(const middleware::buffering& how, body_store& store) : how_(how), store_(store), body_(how.mem_response, store.place()) {}
  held_answer(const held_answer&) = delete;

  void set_head(std::string_view head) { head_ = head; }
  /// More of the body. @param ended  it is whole. @param tell_length  its head does not say how long it is. @return nothing, or why it cannot be held.
  fault add(std::string_view bytes, bool ended, bool tell_length);
  /// To the client. @return done, moved, wait_write, or client_gone.
  step send(server_stream& to, counter& bytes_out);
  /// It waits for the disk before it can go on. @param whole  it is on its way out.
  io::spool* unwritten(bool whole) noexcept { return body_.is_behind() || (whole && body_.writing()) ? &body_ : nullptr; }
  const io::spool& body() const noexcept { return body_; }

 private:
  const middleware::buffering& how_;
  body_store& store_;
  std::string head_;
  io::spool body_;
  std::uint64_t sent_ = 0;  ///< of head and body
};

}  // namespace waggle::proxy
