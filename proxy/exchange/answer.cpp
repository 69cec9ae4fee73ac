// Heads of a server's answer: informational ones pass, the final one is validated and written anew, or its answer is withheld.
#include "exchange/exchange.hpp"
#include "routing/error_pages.hpp"

#include <utility>

namespace waggle::proxy {
namespace {

constexpr const char* head_too_large = "head that is too large with the fields that are added to it";
/// An answer that cannot be passed on. @param what  for the log: static text that goes on after "an answer with a".
constexpr step bad_answer(const char* what) noexcept { return fault(fault_kind::bad_response, what); }

}  // namespace

step exchange::step_answer() {
  if (const step s = download_.flush(server_); s != progress::done) return s;
  return download_.at() == download::stage::head ? take_heads() : download_.advance(server_);
}

step exchange::take_heads() {
  std::span<char> bytes;
  if (const step s = server_.read_head(bytes); s != progress::moved) return s;
  while (!bytes.empty()) {
    if (const step s = server_.next_head(bytes); s != progress::done) return s;
    download_.note_progress();  // not with each piece: a head that drips has the time of one head
    const unsigned status = w_.scratch.response.status;
    if (status >= 200 || status == 101) return take_final_head(bytes);
    if (!server_.may_inform(w_.loop.now())) return bad_answer("too many interim (1xx) answers");
    if (status == 100 && client.body.is_held_back()) {
      client.body.no_more_held_back();
      upload_.note_progress();
    }
    if (const step s = client.send_informational(w_.scratch.response); s != progress::moved) return s;
  }
  return progress::moved;
}

/// @param rest  what came behind it.
step exchange::take_final_head(std::span<char> rest) {
  const http1::response_head& head = w_.scratch.response;
  const routing::frontend& route = *steps_.route;
  const middleware::buffering* const buffering = route.chain.buffering.get();
  http1::response_facts facts;
  if (const http1::refusal bad = examine_response(head, in.to_head, facts)) return bad_answer(bad.reason);
  if (head.status == 101) {
    if (!http1::asked_for(in.request.upgrade, facts.upgrade)) return bad_answer("switch to a protocol that was not asked for (101)");
    // What comes behind would be taken for the new protocol's, and is the request's (RFC 9110 §7.8).
    if (!upload_.is_complete(server_)) return bad_answer("switch of protocols (101) before the end of the request's body");
    tunnel_ = true;
  }
  status_ = head.status;
  server_.begin_body(facts, status_);
  if (account_.record) w_.access->note_origin(*account_.record, head);
  if (buffering && !tunnel_ && retry_wanted(status_, status_ == 502 || status_ == 504)) {
    server_.withhold(rest.size());
    return withheld::repeat;
  }
  if (!route.error_pages.empty() && !tunnel_ && page_for(route, status_)) {
    server_.withhold(rest.size());
    return withheld::replace;
  }
  client.shape_answer({.body = facts.body.kind, .switched = tunnel_, .server_closes = !facts.keep_alive, .body_streamed = upload_.is_streamed()});
  if (client.is_chunked() && facts.body.kind == http1::body_kind::chunked && (facts.has_trailer || in.request.takes_trailers))
    download_.trailers.expect(server_, head, in.request.takes_trailers);
  const bool holds = buffering && buffering->holds_answers();
  const bool held = holds && !tunnel_ && facts.body.kind != http1::body_kind::none;
  if (held) download_.hold(*buffering, server_);
  else download_.choose_encoding(in, facts.body, holds, {rest.data(), rest.size()});
  final_head f{.head = head,
               .facts = facts,
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
  const std::size_t size = client.compose(f, facts.body);
  if (size == 0) return bad_answer(head_too_large);
  if (held) return download_.begin_held_body(server_, {w_.scratch.output.data(), size}, rest);
  if (!tunnel_) return download_.begin_body(server_, size, rest);
  download_.finish();
  client.begin_answer(facts.body, true);
  return client.out.send(size, rest.data(), rest.size()) ? step(progress::moved) : step(fault_kind::client_gone);
}

}  // namespace waggle::proxy
