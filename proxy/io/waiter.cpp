#include "io/waiter.hpp"

#include <utility>

namespace waggle::proxy::io {

void waiter::suspend(std::coroutine_handle<> h, const interest* all, std::size_t count, time_ms due) noexcept {
  handle_ = h;
  timed_out_ = false;
  for (std::size_t k = 0; k < count; ++k) {
    all[k].on->owner = this;
    all[k].on->wanted = all[k].bits;
  }
  loop_.arm(*this, due);
}

bool waiter::resume(const interest* all, std::size_t count) noexcept {
  for (std::size_t k = 0; k < count; ++k) {
    all[k].on->owner = nullptr;
    all[k].on->wanted = 0;
  }
  return !timed_out_;
}

void waiter::fire(bool timed_out) {
  if (!handle_) return;
  timed_out_ = timed_out;
  cancel();
  std::exchange(handle_, {}).resume();
}

}  // namespace waggle::proxy::io
