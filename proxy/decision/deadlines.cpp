#include "decision/deadlines.hpp"

#include <algorithm>

namespace waggle::proxy {

bool awaits_answer(const relay_wait& w) noexcept {
  return w.answer == progress::wait_read && w.request == progress::done && w.at == relay_wait::phase::head;
}

deadline next_deadline(const relay_wait& w) noexcept {
  deadline first;
  const auto due = [&first](io::time_ms at, deadline::kind what, fault_kind why = fault_kind::none) {
    if (at < first.at) first = {at, what, why};
  };
  const auto late = [&due](io::time_ms begin, std::chrono::milliseconds limit, fault_kind why) {
    due(due_after(begin, limit), deadline::kind::give_up, why);
  };
  // Of the client.
  if (w.answer == progress::wait_write) late(w.answer_progress, w.client_write, fault_kind::client_gone);
  if (w.request == progress::wait_read) late(w.request_progress, w.request_body, fault_kind::request_timeout);
  // Of the server: it takes the request, begins to answer, goes on with its answer.
  if (w.request == progress::wait_write) late(w.request_progress, w.response, fault_kind::response_timeout);
  if (w.answer == progress::wait_read) {
    if (w.at == relay_wait::phase::body) late(w.answer_progress, w.idle, fault_kind::bad_response);
    else if (w.request == progress::done) late(std::max(w.answer_progress, w.request_progress), w.response, fault_kind::response_timeout);
  }
  if (w.body_held_back) due(w.request_progress + continue_wait, deadline::kind::say_continue);
  if (w.may_ask_another && awaits_answer(w)) due(w.silence_due, deadline::kind::ask_kernel);
  due(w.look_due, deadline::kind::look);
  return first;
}

}  // namespace waggle::proxy
