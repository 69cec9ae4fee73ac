#include "admin/server.hpp"

#include "admin/answer_head.hpp"
#include "admin/listening.hpp"
#include "admin/seats.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace waggle::app::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using base::error_code;
using std::chrono::milliseconds;

constexpr milliseconds accept_pause{100}, event_pause{1'000};
constexpr std::size_t most_streams = 32;
constexpr int thread_nice = 10;
constexpr int quiet_pulses = 15;                    // then a comment tells whether the client is still there
constexpr std::size_t lingering_bytes = 64 * 1024;  // read and dropped so that a client gets our answer, not a reset

/// One client connection. Lives as long as an operation of its own is pending.
struct connection {
  connection(tcp::socket socket, std::size_t head_bytes) : stream(std::move(socket)), buffer(head_bytes) {}

  beast::basic_stream<tcp> stream;
  beast::flat_buffer buffer;  // holds at most a head: bodies are not read
  std::optional<http::request_parser<http::empty_body>> parser;
  std::string lead, out;                // what is being sent: the head or the chunk's size, and the body or a piece of it
  std::shared_ptr<body_source> pieces;  // what is still to be sent
  std::size_t lingered = 0;
  std::shared_ptr<event_source> events;
  std::optional<asio::steady_timer> pulse;
  int quiet = 0;  // pulses without an event
  std::string peer;
  bool busy = false;  // a whole request is being answered
  std::list<std::shared_ptr<connection>>::iterator place;
};
using connection_ptr = std::shared_ptr<connection>;

/// Authority of an absolute target (RFC 9112 section 3.2.2), else the Host fields.
std::string host_of(const http::request_header<>& head) {
  const std::string_view target(head.target().data(), head.target().size());
  if (const auto scheme = target.find("://"); !target.empty() && target[0] != '/' && scheme != std::string_view::npos) {
    const std::string_view authority = target.substr(scheme + 3);
    return std::string(authority.substr(0, authority.find_first_of("/?")));
  }
  std::string out;
  const auto [begin, end] = head.equal_range(http::field::host);
  for (auto at = begin; at != end; ++at) out.append(at == begin ? "" : ",").append(at->value().data(), at->value().size());
  return out;
}

}  // namespace

/// The way back from the door keeper's thread, which may come when the server has gone.
struct way_back {
  std::mutex mutex;
  asio::io_context* io = nullptr;  ///< null: gone
};

struct server::impl {
  impl(base::logger& l, request_handler h, server_limits m, hand_over_handler o)
      : log(l), handler(std::move(h)), hand_over(std::move(o)), limits(m), acceptor(io), pause(io) {
    back->io = &io;
  }
  ~impl() {
    const std::lock_guard lock(back->mutex);
    back->io = nullptr;
  }

  base::logger& log;
  const request_handler handler;
  const hand_over_handler hand_over;
  const server_limits limits;
  door_keeper door;
  std::function<bool(const request&)> open_to_all;
  asio::io_context io{1};
  const std::shared_ptr<way_back> back = std::make_shared<way_back>();
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::list<connection_ptr> open;  // the one that was quiet for longest comes first
  std::thread thread;

  void accept() {
    acceptor.async_accept([this](error_code ec, tcp::socket socket) {
      if (ec == asio::error::operation_aborted) return;
      if (!ec) admit(std::move(socket));
      // Out of descriptors (or memory), accept would fail again at once: let others go first.
      if (!ec || ec == asio::error::connection_aborted) return accept();
      pause.expires_after(accept_pause);
      pause.async_wait([this](error_code stopped) {
        if (!stopped) accept();
      });
    });
  }

  void admit(tcp::socket socket) {
    if (open.size() >= limits.connections) end(at(connection_to_end(seats())));
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);  // the end of an answer must not wait for what came before
    auto c = std::make_shared<connection>(std::move(socket), limits.head_bytes);
    const auto peer = c->stream.socket().remote_endpoint(ignored);
    if (!ignored) c->peer = peer.address().to_string();
    c->place = open.insert(open.end(), c);
    read(c);
  }

  /// Closes it; its pending operation then ends with an error and the last reference.
  void end(const connection_ptr& held) {
    const connection_ptr c = held;  // `held` may be the list's own
    if (c->place == open.end()) return;
    open.erase(std::exchange(c->place, open.end()));
    if (c->pulse) c->pulse->cancel();
    c->stream.close();
  }

  void read(const connection_ptr& c) {
    if (c->place == open.end()) return;
    open.splice(open.end(), open, c->place);
    c->busy = false;
    c->parser.emplace();
    c->parser->header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    c->parser->body_limit(boost::none);  // no body is read here, and a frontend of this entry point takes what it likes
    c->stream.expires_after(limits.head);
    parse(c);
  }

  /// Not http::async_read_header: who takes the connection over needs the head as it was received.
  void parse(const connection_ptr& c) {
    error_code ec;
    const std::size_t used = c->buffer.size() == 0 ? 0 : c->parser->put(c->buffer.data(), ec);
    if (c->parser->is_header_done() || (ec && ec != http::error::need_more)) return on_head(c, used, ec);
    if (c->buffer.size() >= limits.head_bytes) return on_head(c, 0, http::error::buffer_overflow);
    c->stream.async_read_some(c->buffer.prepare(limits.head_bytes - c->buffer.size()), [this, c](error_code failed, std::size_t n) {
      if (c->place == open.end()) return;
      c->buffer.commit(n);
      if (failed) return end(c);
      parse(c);
    });
  }

  void on_head(const connection_ptr& c, std::size_t head_bytes, error_code ec) {
    c->busy = true;
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
      return write(c, {.status = 431, .content_type = "text/plain; charset=utf-8", .body = "431 Request Header Fields Too Large"}, false, false);
    // Beast's own errors are the client's bad HTTP; what the network or a deadline ended gets no answer.
    if (ec && ec.category() == error_code(http::error::bad_method).category() && ec != http::error::end_of_stream &&
        ec != http::error::partial_message)
      return write(c, {.status = 400, .content_type = "text/plain; charset=utf-8", .body = "400 Bad Request"}, false, false);
    if (ec) return end(c);
    const auto& head = c->parser->get();
    // A request with a body is answered as well, but its body is not read, so the connection cannot go on.
    // Beast takes an unknown Transfer-Encoding for no body: what follows would be read as requests of its own.
    const bool framed = head.find(http::field::transfer_encoding) == head.end();
    const bool go_on = c->parser->keep_alive() && c->parser->is_done() && framed && head.version() == 11;
    const request asked{std::string(head.method_string()), std::string(head.target()), host_of(head)};
    if (!door || open_to_all(asked)) return serve(c, asked, head_bytes, go_on);
    const auto peer = c->stream.socket().remote_endpoint(ec);
    if (ec) return end(c);
    c->stream.expires_never();  // nothing is read or written meanwhile
    const std::string received(static_cast<const char*>(c->buffer.data().data()), head_bytes);
    // Weakly: the door may keep this for longer than there is a server, and a connection cannot outlive its io_context.
    door(received, peer.address().to_string(), peer.port(),
         [this, weak = std::weak_ptr(c), asked, head_bytes, go_on, way = back](std::optional<response> refusal) {
           const std::lock_guard lock(way->mutex);
           if (way->io == nullptr) return;
           asio::post(*way->io, [this, weak, asked, head_bytes, go_on, no = std::move(refusal)]() mutable {
             const connection_ptr held = weak.lock();
             if (!held || held->place == open.end()) return;
             if (!no) return serve(held, asked, head_bytes, go_on);
             held->buffer.consume(head_bytes);
             write(held, std::move(*no), asked.method == "HEAD", go_on);
           });
         });
  }

  void serve(const connection_ptr& c, const request& asked, std::size_t head_bytes, bool go_on) {
    response r = answer(asked);
    if (r.unclaimed && hand_over && give_away(c)) return;
    c->buffer.consume(head_bytes);
    write(c, std::move(r), asked.method == "HEAD", go_on);
  }

  /// @return false: nobody wants it, so it is answered here.
  bool give_away(const connection_ptr& c) {
    const auto received = c->buffer.data();
    // A duplicate, because Asio cannot take a released descriptor back.
    const int descriptor = ::fcntl(c->stream.socket().native_handle(), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) return false;
    if (!hand_over(descriptor, {static_cast<const char*>(received.data()), received.size()})) {
      ::close(descriptor);
      return false;
    }
    // Only this copy goes: basic_stream::close() would shut the connection itself down.
    error_code ignored;
    const int own = c->stream.socket().release(ignored);
    if (own >= 0) ::close(own);
    end(c);
    return true;
  }

  response answer(const request& asked) {
    try {
      return handler(asked);
    } catch (const std::exception& e) {
      log.error("The API could not answer", {{"target", asked.target.substr(0, 200)}, {"error", e.what()}});
      return {.status = 500, .content_type = "text/plain; charset=utf-8", .body = "Internal Server Error"};
    }
  }

  /// Events until the client leaves. What it does not read in time ends it.
  void follow(const connection_ptr& c, std::string first) {
    c->out = std::move(first);
    open.splice(open.end(), open, c->place);
    c->stream.expires_after(limits.write);
    asio::async_write(c->stream, asio::buffer(c->out), [this, c](error_code ec, std::size_t) {
      if (c->place == open.end()) return;
      if (ec) return end(c);
      c->stream.expires_never();
      pulse(c);
    });
  }

  void pulse(const connection_ptr& c) {
    c->pulse->expires_after(event_pause);
    c->pulse->async_wait([this, c](error_code ec) {
      if (ec || c->place == open.end()) return;
      std::string text;
      try {
        text = c->events->next();
      } catch (const std::exception& e) {
        log.error("The API could not tell what changed", {{"error", e.what()}});
        return end(c);
      }
      if (!text.empty()) c->quiet = 0;
      else if (++c->quiet >= quiet_pulses) text = ":\n\n", c->quiet = 0;
      if (text.empty()) return pulse(c);
      follow(c, std::move(text));
    });
  }

  /// In the order of `open`.
  std::vector<seat> seats() const {
    std::vector<seat> all;
    for (const auto& c : open) all.push_back({c->peer, c->events ? seat::use::viewer : c->busy ? seat::use::busy : seat::use::idle});
    return all;
  }
  const connection_ptr& at(std::size_t seat) const { return *std::next(open.begin(), static_cast<std::ptrdiff_t>(seat)); }

  /// @return false: nobody gives way to one more viewer.
  bool seat_viewer(const connection_ptr& c) {
    const auto viewers = std::count_if(open.begin(), open.end(), [](const auto& one) { return one->events != nullptr; });
    if (static_cast<std::size_t>(viewers) < most_streams) return true;
    const auto out = viewer_to_end(seats(), c->peer);
    if (out) end(at(*out));  // its browser comes again
    return out.has_value();
  }

  void write(const connection_ptr& c, response r, bool head_only, bool go_on) {
    if (r.events && !head_only) {
      if (!seat_viewer(c))
        return write(c,
                     {.status = 503,
                      .content_type = "text/plain; charset=utf-8",
                      .body = "too many viewers: close a dashboard, or come again",
                      .fields = "Retry-After: 30\r\n"},
                     false, false);
      c->events = r.events;
      c->pulse.emplace(io);
      return follow(c, std::string(events_head) + c->events->next());
    }
    const framing how = !r.pieces ? framing::length : c->parser->get().version() == 11 ? framing::chunked : framing::end;
    c->lead = answer_head(r, how, go_on);
    c->stream.expires_after(limits.write);
    if (!head_only) c->pieces = std::move(r.pieces);
    if (c->pieces) return write_piece(c, how == framing::chunked, go_on);
    if (!head_only) c->out = std::move(r.body);
    send(c, {}, [this, c, go_on] { written(c, go_on); });
  }

  template <class Then>
  void send(const connection_ptr& c, std::string_view tail, Then then) {
    asio::async_write(c->stream, std::array<asio::const_buffer, 3>{asio::buffer(c->lead), asio::buffer(c->out), asio::buffer(tail)},
                      [this, c, then](error_code ec, std::size_t) {
                        if (c->place == open.end()) return;
                        if (ec) return end(c);
                        then();
                      });
  }

  /// Others are served between two pieces; all of them together have the time of one answer.
  void write_piece(const connection_ptr& c, bool chunked, bool go_on) {
    c->out.clear();
    try {
      c->pieces->next(c->out);
    } catch (const std::exception& e) {  // the end is missing, so the client knows that it does not have all
      log.error("The API could not answer to the end", {{"error", e.what()}});
      return end(c);
    }
    const bool last = c->out.empty();
    if (chunked) c->lead += last ? "0\r\n\r\n" : fmt::format("{:x}\r\n", c->out.size());
    send(c, chunked && !last ? "\r\n" : "", [this, c, chunked, go_on, last] {
      c->lead.clear();
      last ? written(c, go_on) : write_piece(c, chunked, go_on);
    });
  }

  void written(const connection_ptr& c, bool go_on) {
    c->lead = c->out = {};
    c->pieces = {};
    if (go_on) return read(c);
    error_code ignored;
    c->stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    c->stream.expires_after(std::chrono::seconds{1});
    linger(c);
  }

  void linger(const connection_ptr& c) {
    c->buffer.clear();
    c->stream.async_read_some(c->buffer.prepare(limits.head_bytes), [this, c](error_code ec, std::size_t n) {
      c->lingered += n;
      if (ec || c->lingered > lingering_bytes) return end(c);
      linger(c);
    });
  }

  void run() noexcept {
    for (;;) {
      try {
        io.run();
        return;
      } catch (const std::exception& e) {  // std::bad_alloc: costs the connection whose handler it was
        log.error("Exception in the API's server", {{"error", e.what()}});
      }
    }
  }
};

server::server(base::logger& log, request_handler handler, server_limits limits, hand_over_handler hand_over)
    : impl_(std::make_unique<impl>(log, std::move(handler), limits, std::move(hand_over))) {}

server::~server() { stop(); }

void server::set_door(door_keeper door, std::function<bool(const request&)> open_to_all) {
  impl_->door = std::move(door);
  impl_->open_to_all = std::move(open_to_all);
}

base::explained_result<void> server::start(const std::string& address) {
  if (auto ok = listen_on(impl_->acceptor, address); !ok) return ok.error();
  impl_->accept();
  impl_->thread = std::thread([i = impl_.get()] {
    // A scrape or a page of 1,000 services takes milliseconds of CPU; where CPUs are short, requests go first.
    (void)setpriority(PRIO_PROCESS, 0, thread_nice);  // Linux: of the calling thread alone
    i->run();
  });
  return {};
}

std::string server::bound_address() const { return address_of(impl_->acceptor); }

void server::stop() {
  if (!impl_->thread.joinable()) return;
  asio::post(impl_->io, [i = impl_.get()] {
    error_code ignored;
    i->acceptor.close(ignored);
    i->pause.cancel();
    while (!i->open.empty()) i->end(i->open.front());
    i->io.stop();
  });
  impl_->thread.join();
}

}  // namespace waggle::app::admin
