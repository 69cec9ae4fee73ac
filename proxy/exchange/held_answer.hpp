// The body of an answer that is kept back until it is complete and within its limit (labels of buffering). Its head waits in the client's
// stream.
#pragma once

#include "decision/fault.hpp"
#include "exchange/body_store.hpp"
#include "io/spool.hpp"
#include "middleware/buffering.hpp"

#include <string_view>

namespace waggle::proxy {

class held_answer {
 public:
  /// @param how  of the route, which outlives this.
  held_answer(const middleware::buffering& how, body_store& store) : how_(how), store_(store), body_(how.mem_response, store.place()) {}
  held_answer(const held_answer&) = delete;

  /// More of it. @return nothing, or why it cannot be held.
  fault add(std::string_view bytes);
  /// It waits for the disk before it can go on. @param whole  it is on its way out.
  io::spool* unwritten(bool whole) noexcept { return body_.is_behind() || (whole && body_.writing()) ? &body_ : nullptr; }
  const io::spool& body() const noexcept { return body_; }

 private:
  const middleware::buffering& how_;
  body_store& store_;
  io::spool body_;
};

}  // namespace waggle::proxy
