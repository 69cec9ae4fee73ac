#include "client/fetch.hpp"

#include "http1/chunked.hpp"
#include "http1/framing.hpp"
#include "io/outgoing.hpp"
#include "io/stream.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace waggle::proxy::client {
namespace {

using http::field_id;

constexpr unsigned most_interim = 32;

/// The connection: freed at the end of the batch, since events of this batch may still name it.
class link {
 public:
  explicit link(io::loop& l) : loop_(l), stream_(new io::stream(l)) {}
  ~link() {
    stream_->close();
    loop_.delete_later(stream_);
  }
  link(const link&) = delete;
  link& operator=(const link&) = delete;
  io::stream& operator*() const noexcept { return *stream_; }
  io::stream* operator->() const noexcept { return stream_; }

 private:
  io::loop& loop_;
  io::stream* stream_;
};

/// Bytes → answer, as they come. No I/O.
class collector {
 public:
  collector(response& out, http1::response_head& scratch, const request& ask)
      : out_(out), scratch_(scratch), to_head_(ask.to_head), only_head_(ask.only_head), head_limit_(ask.head_limit), body_limit_(ask.body_limit) {}

  enum class state : std::uint8_t { more, done, failed };

  /// @return failed: out.failure says why.
  state take(std::string_view bytes) {
    if (in_body_) return body(bytes);
    head_.append(bytes);
    for (;;) {
      const http1::parse_result parsed = http1::parse_answer(head_, scratch_);
      if (parsed.state == http1::parse_state::bad) return fail(failure::malformed);
      if (parsed.state == http1::parse_state::incomplete) return head_.size() >= head_limit_ ? fail(failure::too_large) : state::more;
      if (scratch_.status == 101) return fail(failure::malformed);  // a switch that nobody asked for
      if (scratch_.status >= 200) return head_complete(parsed.bytes);
      if (++interim_ > most_interim) return fail(failure::malformed);
      head_.erase(0, parsed.bytes);
    }
  }
  state ended() { return in_body_ && framing_.kind == http1::body_kind::until_close ? state::done : fail(failure::closed); }

 private:
  state fail(failure why) {
    out_.failure = why;
    return state::failed;
  }
  state head_complete(std::size_t size) {
    http1::response_facts facts;
    if (examine_response(scratch_, to_head_, facts)) return fail(failure::malformed);
    out_.status = scratch_.status;
    for (const http::field& f : scratch_.fields)
      if (f.origin != http::field_origin::this_hop && !is_hop_by_hop(f.id)) out_.fields.emplace_back(f.name, f.value);
    in_body_ = true;
    framing_ = facts.body;
    decoder_.accept_careless();
    if (only_head_ || framing_.kind == http1::body_kind::none || (framing_.kind == http1::body_kind::length && framing_.length == 0))
      return state::done;
    if (framing_.kind == http1::body_kind::length) {
      if (framing_.length > body_limit_) return fail(failure::too_large);
      out_.body.reserve(static_cast<std::size_t>(framing_.length));
    }
    const std::string rest = head_.substr(size);
    head_.clear();
    return rest.empty() ? state::more : body(rest);
  }
  state body(std::string_view bytes) {
    if (framing_.kind == http1::body_kind::chunked) {
      while (!bytes.empty()) {
        const http1::chunk_decoder::step s = decoder_.next(bytes);
        if (!keep(s.payload)) return fail(failure::too_large);
        if (s.state == http1::chunk_decoder::state::bad) return fail(failure::malformed);
        if (s.state == http1::chunk_decoder::state::done) return state::done;
        if (s.consumed == 0) break;
        bytes.remove_prefix(s.consumed);
      }
      return state::more;
    }
    if (framing_.kind == http1::body_kind::length)
      bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(framing_.length - out_.body.size(), bytes.size())));
    if (!keep(bytes)) return fail(failure::too_large);
    return framing_.kind == http1::body_kind::length && out_.body.size() == framing_.length ? state::done : state::more;
  }
  bool keep(std::string_view payload) {
    if (payload.size() > body_limit_ - out_.body.size()) return false;
    out_.body.append(payload);
    return true;
  }

  response& out_;
  http1::response_head& scratch_;  // used within take() only
  const bool to_head_, only_head_;
  const std::size_t head_limit_, body_limit_;
  std::string head_;
  unsigned interim_ = 0;
  bool in_body_ = false;
  http1::framing framing_;
  http1::chunk_decoder decoder_;
};

/// @return false: no such connection can be begun.
bool begin_connect(io::stream& s, const io::socket_address& to) noexcept {
  io::descriptor socket = io::open_outgoing(to);
  if (!socket) return false;
  const int error = io::begin_connect(socket, to);
  return (error == 0 || error == EINPROGRESS) && s.adopt(socket.release(), error == 0);
}

/// One request under way. Each phase returns whether the next one has its turn; out.failure says why not.
class attempt {
 public:
  attempt(context& here, io::waiter& wait, request ask) : here_(here), wait_(wait), ask_(std::move(ask)), server_(here.loop) {}

  response out;

  io::task<bool> connect() {
    out.failure = failure::connect;
    if (here_.admits_connection && !here_.admits_connection()) co_return false;
    if (!begin_connect(*server_, ask_.to)) co_return false;
    if (!server_->is_ready(io::writable)) {
      const io::time_ms due = std::min(ask_.due, here_.loop.now() + ask_.connect_within);
      const bool ready = co_await ready_for(io::writable, due);
      if (is_client_gone()) out.failure = failure::client_gone;
      if (!ready || is_client_gone() || server_->connect_error() != 0) co_return false;
    }
    out.failure = failure::none;
    co_return true;
  }

  io::task<bool> shake_hands() {
    if (!ask_.tls) co_return true;
    if (!server_->secure(io::tls_client_context::open(ask_.tls, ask_.tls_host))) {
      out.failure = failure::untrusted;
      out.complaint = "no TLS for the name '" + ask_.tls_host + "'";
      co_return false;
    }
    for (;;) {
      const io::io_result r = server_->handshake();
      if (r.status == io::io_status::ok) co_return true;
      if (r.status != io::io_status::again) {
        out.failure = failure::untrusted;
        out.complaint = server_->complaint();
        co_return false;
      }
      const bool ready = co_await ready_for(io::readable, ask_.due);
      if (!goes_on(ready)) co_return false;
    }
  }

  io::task<void> relay() {
    collector answer(out, here_.head, ask_);
    for (;;) {
      // An answer may come before the request is sent whole (a refusal); a server that reads no more of it is not an error.
      if (!is_sent() && server_->is_ready(io::writable)) {
        send();
        continue;
      }
      if (server_->is_ready(io::readable)) {
        if (!receive(answer)) co_return;
        continue;
      }
      if (server_->is_ready(io::broken)) {  // and nothing to read: waiting would not wait
        out.failure = failure::closed;
        co_return;
      }
      const bool ready = co_await ready_for(is_sent() ? io::readable : io::readable | io::writable, ask_.due);
      if (!goes_on(ready)) co_return;
    }
  }

 private:
  bool is_client_gone() const noexcept { return ask_.client && (!ask_.client->is_open() || ask_.client->is_ready(io::broken)); }
  io::waiter::wait_awaiter ready_for(int bits, io::time_ms due) noexcept {
    io::waiter::wait_awaiter awaiter = wait_.wait(*server_, static_cast<std::uint8_t>(bits | io::broken), due);
    if (ask_.client) awaiter.add(*ask_.client, io::broken);
    return awaiter;
  }
  /// After a wait.
  bool goes_on(bool ready) noexcept {
    if (is_client_gone()) out.failure = failure::client_gone;
    else if (!ready) out.failure = failure::timeout;
    return out.failure == failure::none;
  }
  bool is_sent() const noexcept { return sent_ == ask_.bytes.size(); }
  void send() noexcept {
    const io::io_result r = server_->write(ask_.bytes.data() + sent_, ask_.bytes.size() - sent_);
    if (r.status == io::io_status::ok) sent_ += r.bytes;
    else if (r.status != io::io_status::again) sent_ = ask_.bytes.size();
  }
  /// @return there is more to come.
  bool receive(collector& answer) {
    const io::io_result r = server_->read(here_.input.data(), here_.input.size());
    if (r.status == io::io_status::again) return true;
    const collector::state s = r.status == io::io_status::ok    ? answer.take({here_.input.data(), r.bytes})
                               : r.status == io::io_status::eof ? answer.ended()
                                                                : collector::state::failed;
    if (s == collector::state::failed && out.failure == failure::none) out.failure = failure::closed;
    return s == collector::state::more;
  }

  context& here_;
  io::waiter& wait_;
  request ask_;
  link server_;
  std::size_t sent_ = 0;
};

}  // namespace

std::string_view to_string(failure f) noexcept {
  switch (f) {
    case failure::none: return "none";
    case failure::connect: return "cannot connect";
    case failure::untrusted: return "TLS handshake failed";
    case failure::timeout: return "timeout";
    case failure::closed: return "connection closed";
    case failure::malformed: return "malformed answer";
    case failure::too_large: return "answer too large";
    case failure::client_gone: break;
  }
  return "client gone";
}

io::task<response> fetch(context& here, io::waiter& wait, request ask) {
  attempt a(here, wait, std::move(ask));
  bool ready = co_await a.connect();
  if (ready) ready = co_await a.shake_hands();
  if (ready) co_await a.relay();
  co_return std::move(a.out);
}

}  // namespace waggle::proxy::client
