// Heads of a server's answer: informational ones pass, the final one is written anew, or its answer is withheld.
#include "exchange/exchange.hpp"
#include "routing/error_pages.hpp"

#include <utility>

namespace waggle::proxy {
namespace {

constexpr const char* head_too_large = "head that is too large with the fields that are added to it";
/// An answer that cannot be passed on. @param what  for the log: static text that goes on after "an answer with a".
constexpr step bad_head(const char* what) noexcept { return fault(fault_kind::bad_response, what); }

}  // namespace

step exchange::step_answer() {
  if (const step s = download_.flush(server_); s != progress::done) return s;
  return download_.at() == download::stage::head ? take_heads() : download_.advance(server_);
}

step exchange::take_heads() {
  do {
    http::answer head;
    if (const step s = server_.read_head(head); s != progress::done) return s;
    download_.note_progress();  // not with each piece: a head that drips has the time of one head
    if (head.is_last()) return take_final_head(head);
    if (!server_.may_inform(w_.loop.now())) return bad_head("too many interim (1xx) answers");
    if (head.status == 100 && client.is_body_held_back()) {
      client.end_hold_back();
      upload_.note_progress();
    }
    if (const step s = client.send_informational(head); s != progress::moved) return s;
  } while (server_.has_more());
  return progress::moved;
}

step exchange::take_final_head(const http::answer& head) {
  const routing::frontend& route = *steps_.route;
  const middleware::buffering* const buffering = route.chain.buffering.get();
  if (head.status == 101) {
    // What comes behind would be taken for the new protocol's, and is the request's (RFC 9110 §7.8).
    if (!upload_.is_complete(server_)) return bad_head("switch of protocols (101) before the end of the request's body");
    tunnel_ = true;
  }
  status_ = head.status;
  if (account_.record) w_.access->note_origin(*account_.record, head);
  if (buffering && !tunnel_ && retry_wanted(status_, status_ == 502 || status_ == 504)) {
    server_.withhold();
    return withheld::repeat;
  }
  if (!route.error_pages.empty() && !tunnel_ && page_for(route, status_)) {
    server_.withhold();
    return withheld::replace;
  }
  client.shape_answer(head, upload_.is_streamed());
  if (client.may_have_trailers() && head.may_have_trailers && (head.announces_trailers || in.request.takes_trailers))
    download_.trailers.expect(server_, head, in.request.takes_trailers);
  const bool holds = buffering && buffering->holds_answers();
  const bool held = holds && !tunnel_ && head.body != http::body_kind::none;
  if (held) download_.hold(*buffering, server_);
  else download_.choose_encoding(in, head, holds, server_);
  final_head f{.head = head,
               .rules = route.chain.on_answer.get(),
               .secure = in.secure,
               .compressed = download_.compresses(),
               .describes_compressed = download_.describes_compressed(),
               .varies = in.varies,
               .announced = download_.trailers.announced(),
               .record = account_.record};
  if (choice_.sets_cookie()) {
    f.cookie_of = choice_.to.get();
    f.cookie_for = &choice_.server_at(choice_.server());
  }
  if (!client.compose(f)) return bad_head(head_too_large);
  if (held) client.hold_head();
  if (!tunnel_) return download_.begin_body(server_);
  download_.finish();
  return client.switch_protocols(server_.take_rest()) ? step(progress::moved) : step(fault_kind::client_gone);
}

}  // namespace waggle::proxy
