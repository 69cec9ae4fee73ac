// Between the composed head and limits: the check that a guard could not finish at once (forward auth, slow password
// hashes). Nothing refers to scratch memory here.
#include "session/session.hpp"

#include "middleware/deferred.hpp"
#include "http1/field_text.hpp"

namespace waggle::proxy {

/// @return false: the client is gone. x.local may hold an answer.
io::task<bool> session::ask_first(exchange& x) {
  const auto asked = std::move(x.later);
  middleware::decision d = co_await asked->decide(w_.own_requests, waiter_, client_);
  if (d.client_gone || aborted_) {
    w_.count.aborted.add();
    co_return false;
  }
  if (d.answer) {
    if (x.record) x.record->answered_by = "Auth for ";
    x.local = std::move(d.answer);
  } else if (x.record && !d.user.empty()) {
    x.record->user = d.user;
  }
  if (!d.remove.empty() || !d.set.empty()) {  // for an error page as well
    x.login = x.login || http1::sets_login(d.set);
    const std::string edited = middleware::edit_head(x.head.view(), d.remove, d.set);
    const std::size_t room = x.head.room();  // for body bytes that came along
    x.head = w_.buffers.take(edited.size() + room);
    x.head.append(edited);
    if (x.host_at != 0) x.host_at = edited.size() - 4;  // "Host: " CRLF CRLF is the end of it, still without a value
  }
  co_return true;
}

}  // namespace waggle::proxy
