// One client connection: reads heads, runs exchanges one after the other, ends. Its phases are files of this folder, in the
// order of docs/life_of_a_request.md: read_head → receive → steps (route) → forward → relay → finish.
#pragma once

#include "affinity/sticky_cookie.hpp"
#include "exchange/attempt_end.hpp"
#include "exchange/deadlines.hpp"
#include "exchange/hold.hpp"
#include "exchange/retry.hpp"
#include "exchange/step.hpp"
#include "http1/compose_request.hpp"
#include "http1/framing.hpp"
#include "io/buffer_pool.hpp"
#include "io/stream.hpp"
#include "io/task.hpp"
#include "session/exchange.hpp"
#include "session/leaving.hpp"
#include "session/own_connections.hpp"
#include "upstream/connect_race.hpp"
#include "worker/client_connection.hpp"
#include "worker/worker.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace waggle::proxy {

class session final : public client_connection {
 public:
  /// One that runs until the connection ends, and deletes itself through the worker (begin_connection).
  static void begin(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer) noexcept;
  ~session() override;
  void abort() override;
  void hurry(io::time_ms idle_until) override;
  void retire() override;
  void give_back_pipes() override;

 private:
  enum class verdict : std::uint8_t { keep, close, linger, reset, incomplete };

  /// What came of a phase before a server's turn.
  struct outcome {
    enum class kind : std::uint8_t {
      go_on,
      wait,              ///< exchange::check has to agree first
      answered,          ///< exchange::local is the answer
      redirect_slash,    ///< to exchange::location
      options_answered,  ///< OPTIONS that is meant for waggle itself
      refused,           ///< why
      client_gone
    };
    outcome() noexcept = default;
    outcome(kind k) noexcept : what(k) {}
    outcome(const http1::refusal& r) noexcept : what(kind::refused), why(r) {}
    kind what = kind::go_on;
    http1::refusal why;
  };

  /// While it is there the session waits for its client, and may be ended to make room for others.
  class waiting {
   public:
    waiting(session& s, wait_kind kind) noexcept : session_(s) { s.w_.waiting.enter(s, kind, s.w_.loop.now()); }
    /// @param moved  body bytes of the exchange so far. @param x  null: it has no pipes.
    waiting(session& s, std::uint64_t moved, exchange* x = nullptr) noexcept : session_(s) {
      s.w_.waiting.enter_stalled(s, moved, s.w_.loop.now());
      s.stalled_ = x;
    }
    ~waiting() {
      session_.w_.waiting.leave(session_);
      session_.stalled_ = nullptr;
    }
    waiting(const waiting&) = delete;

   private:
    session& session_;
  };

  /// The client's connection, which tells its session of the client's end.
  struct own_stream final : io::stream {
    explicit own_stream(session& s) noexcept;
    session& of;
  };
  struct look_timer final : io::timer {
    explicit look_timer(session& s) noexcept;
    session& of;
  };

  session(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer);
  io::task<void> run();
  io::waiter::wait_awaiter begin_idle() noexcept;
  void end_idle() noexcept;
  /// One exchange. @return incomplete: the head came in part only, unless head_ended says that no more will come.
  io::task<verdict> serve(bool head_ended);
  // read_head.cpp
  io::task<bool> read_rest_of_head();
  /// PROXY protocol, where the entry point trusts this peer. @return false: end the connection.
  io::task<bool> read_proxy_header();
  void set_peer(const io::socket_address& peer);
  // receive.cpp: head in scratch → request
  outcome receive(exchange& x, std::string_view bytes);
  // route.cpp
  void find_before_steps(exchange& x);
  outcome find_route(exchange& x);
  http1::refusal rewrite_path(exchange& x);
  // steps.cpp
  middleware::request_info info_of(const exchange& x) const;
  outcome advance(exchange& x);
  outcome run_steps(exchange& x, std::span<const middleware::chain_step> steps);
  void tell_step(exchange& x);
  io::task<outcome> await_check(exchange& x);
  outcome admit(exchange& x);
  // choose.cpp
  static constexpr int client_left = -2;
  int choose_server(exchange& x);
  void set_server(exchange& x, int index);
  hold_action hold_for(const exchange& x, int server) const noexcept;
  io::task<int> hold(exchange& x);
  bool follow_table(exchange& x);
  void renew_backend(exchange& x, const routing::backend& b);
  // stranger.cpp
  void take_wish(exchange& x, const affinity::wish& wish);
  io::task<bool> meet_stranger(exchange& x);
  // forward.cpp
  void take_early_body(exchange& x);
  std::string next_hops(const exchange& x) const;
  http1::next_hop next_hop(std::string_view host, std::string_view hops) const noexcept;
  io::task<verdict> forward(exchange& x);
  io::task<attempt_end> attempts(exchange& x);
  fault send_head(exchange& x);
  attempt attempt_of(const exchange& x) const noexcept;
  bool may_ask_other_server(const exchange& x) const noexcept;
  retry_decision decide_next(const exchange& x, const attempt_end& end);
  void begin_again(exchange& x, const retry_decision& how, const fault& why);
  io::task<verdict> give_up(exchange& x, fault why);
  upstream::owned_connection take_connection(exchange& x);
  void drop_upstream(exchange& x);
  // connect.cpp
  struct connecting;
  io::task<fault> connect(exchange& x);
  fault call_internal(exchange& x, upstream::owned_connection& out);
  io::task<fault> first_connect(exchange& x, io::time_ms over_at, upstream::owned_connection& out, bool& connected);
  int choose_another(exchange& x, const upstream::connect_race& race);
  // relay.cpp
  io::task<attempt_end> relay(exchange& x);
  fault unacknowledged(exchange& x);
  bool say_continue(exchange& x);
  relay_wait wait_of(const exchange& x, progress answer, progress request) const noexcept;
  // request_body.cpp: client → server
  step next_body_bytes(exchange& x, char*& data, std::size_t& size);
  step step_request(exchange& x);
  step splice_request(exchange& x);
  io::task<bool> drain_request(exchange& x);
  // answer.cpp: server → client
  step step_answer(exchange& x);
  step splice_answer(exchange& x);
  step read_answer_head(exchange& x);
  step answer_head_complete(exchange& x, char* payload, std::size_t size);
  step answer_body(exchange& x, std::size_t prefix, char* payload, std::size_t size);
  step answer_ended(exchange& x, bool cleanly);
  bool send_trailers(exchange& x);
  bool send_to_client(exchange& x, std::size_t prefix, const char* payload, std::size_t size);
  progress flush(io::stream& to, io::buffer& left);
  // compress.cpp
  void choose_encoding(exchange& x, std::string_view here);
  bool send_gzipped(exchange& x, std::size_t prefix, std::string_view payload, bool flush, bool ended);
  // respond.cpp: heads for the client, composed into scratch.output
  std::size_t compose_answer_head(exchange& x, const http1::response_facts& facts);
  std::size_t compose_interim(const http1::response_head& head);
  // local_reply.cpp
  /// @param why  static text: a reason for the log, of which clients are told what Traefik tells them.
  io::task<verdict> reply(exchange* x, unsigned status, std::string_view why = {});
  io::task<verdict> reply_local(exchange& x);
  io::task<verdict> redirect_slash(exchange& x);
  io::task<verdict> reply_body(exchange* x, unsigned status, std::string fields, std::string body);
  verdict end_of_answer(const exchange* x, bool read, bool doubt) const noexcept;
  // leave.cpp
  void begin_watch(exchange& x, bool safe) noexcept;
  void end_watch() noexcept;
  std::uint8_t peer_ended(std::uint8_t bits) noexcept;
  void note_sent(const exchange& x) noexcept;
  void judge_leaving(const exchange& x) noexcept;
  void look_for_client();
  bool probe_client(const exchange& x) noexcept;
  std::size_t take_ahead() noexcept;
  // cut.cpp
  io::task<verdict> end_cut(exchange& x);
  io::task<bool> send_rest(exchange& x);
  io::task<void> wait_sent();
  // linger.cpp
  io::task<void> linger();
  // buffered.cpp
  io::task<verdict> forward_buffered(exchange& x);
  io::task<fault> collect_request(exchange& x);
  io::spool::place spool_place(const exchange& x);
  std::uint64_t longest_kept(std::uint64_t by_label) const noexcept;
  io::task<fault> written(io::spool& s);
  fault kept(io::spool::outcome what, const char* whose, const exchange& x);
  void complain(const exchange& x, std::string text);
  io::task<fault> keep(exchange& x, std::string_view bytes);
  bool gives_way(const exchange& x);
  static constexpr io::time_ms disk_stall = 10'000;  ///< without 64 KiB of progress, while others want room on the disk
  /// When to ask that again.
  io::time_ms look_for_others(const exchange& x) const noexcept { return x.kept || x.held ? w_.loop.now() + 1'000 : io::never; }
  step step_kept(exchange& x);
  bool retry_wanted(const exchange& x, unsigned status, bool network_error) const;
  step hold_answer(exchange& x, const http1::response_facts& facts, char* payload, std::size_t size);
  step hold_body(exchange& x, std::string_view bytes, bool ended);
  step send_held(exchange& x);
  // error_page.cpp
  io::task<std::optional<middleware::local_answer>> fetch_page(exchange& x, const routing::error_page& page, unsigned status);
  int pick_for_page(const in_table<routing::backend>& to);
  // tunnel.cpp
  io::task<void> tunnel(exchange& x);

  void finish(exchange& x) noexcept;
  // told.cpp: figures and access log
  void begin_told(exchange& x);
  void note_untrusted();
  void count_for_backend(exchange& x);
  void begin_backend(exchange& x);
  void leave_untold(exchange& x) noexcept;
  void tell(exchange& x) noexcept;
  void tell_failure(exchange& x, const fault& why);

  worker& w_;
  own_stream client_;
  io::waiter waiter_;
  std::unique_ptr<own_connections> own_;  ///< null until the client logs in on a connection to a server
  look_timer look_;                       ///< when to look whether a client that has ended its side is there
  leaving leaving_;
  exchange* current_ = nullptr;  ///< in serve(), until its answer is made here
  io::buffer in_;                ///< received and not used yet: a partial head, the next request, a body that has to wait
  exchange* stalled_ = nullptr;  ///< while it waits in relay()
  std::uint16_t entry_;
  std::uint8_t peer_size_ = 0;
  std::uint8_t empty_lines_ = 0;  ///< reads since the last request that brought nothing else
  bool aborted_ = false, idle_ = false, retired_ = false, trusted_ = false;
  bool spared_ = false;      ///< a health check of this machine that has not asked yet: it gives way to nobody
  bool late_ = false;        ///< it came while the proxy drains: for the API alone
  bool must_reset_ = false;  ///< what was begun would look whole if the connection just ended
  io::ip_bytes peer_ip_;
  char peer_[46];  ///< the client's address as text
  std::uint16_t peer_port_ = 0;
  const timeouts& times() const noexcept { return w_.entries[entry_].timeouts; }
  unsigned user_timeout() const noexcept { return static_cast<unsigned>(w_.opts.timeouts.tcp_user_timeout.count()); }
  std::string_view peer() const noexcept { return {peer_, peer_size_}; }
};

}  // namespace waggle::proxy
