#include "admin/server.hpp"

#include "admin/answer_head.hpp"
#include "admin/newcomer.hpp"
#include "admin/seats.hpp"

#include <waggle/base/result.hpp>

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace waggle::app::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using local = asio::local::stream_protocol;
using base::error_code;
using std::chrono::milliseconds;

constexpr milliseconds event_pause{1'000};
constexpr std::size_t most_streams = 32;
constexpr int quiet_pulses = 15;                    // then a comment tells whether the client is still there
constexpr std::size_t lingering_bytes = 64 * 1024;  // of a request's body, which nobody reads

/// One request. Lives as long as an operation of its own is pending.
struct connection {
  connection(local::socket socket, std::size_t head_bytes, std::shared_ptr<newcomer> of)
      : from(std::move(of)), stream(std::move(socket)), buffer(head_bytes) {}

  const std::shared_ptr<newcomer> from;  // whose descriptor is the stream's by now
  beast::basic_stream<local> stream;
  beast::flat_buffer buffer;  // holds at most a head: bodies are not read
  http::request_parser<http::empty_body> parser;
  std::string lead, out;                      // what is being sent: the head or the chunk's size, and the body or a piece of it
  std::shared_ptr<const std::string> shared;  // … or a body that others have as well
  std::shared_ptr<body_source> pieces;        // what is still to be sent
  std::size_t lingered = 0;
  std::shared_ptr<event_source> events;
  std::optional<asio::steady_timer> pulse;
  int quiet = 0;  // pulses without an event
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

/// The proxy has closed its end: the client has left, and an answer would be made for nobody.
bool is_deserted(connection& c) noexcept {
  pollfd end{c.stream.socket().native_handle(), 0, 0};
  return ::poll(&end, 1, 0) == 1 && (end.revents & (POLLHUP | POLLERR)) != 0;
}

response plain(unsigned status, std::string text, std::string fields = {}) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(text), .fields = std::move(fields)};
}

}  // namespace

struct server::impl {
  impl(base::logger& l, request_handler h, server_limits m) : log(l), handler(std::move(h)), limits(m), taken(m) {}

  base::logger& log;
  const request_handler handler;
  const server_limits limits;
  place_ledger taken;  // outlives who is counted in it
  std::atomic<bool> stopped{false};
  asio::io_context io{1};
  const asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};  // it waits for whoever connects
  std::list<connection_ptr> open;                                                            // the one that was quiet for longest comes first
  std::thread thread;

  void adopt(const std::shared_ptr<newcomer>& from) {
    local::socket socket(io);
    error_code ec;
    socket.assign(local(), from->descriptor, ec);
    if (ec) return;  // it is the newcomer's still
    from->descriptor = -1;
    const auto c = std::make_shared<connection>(std::move(socket), limits.head_bytes, from);
    const bool room = make_room(*from);
    c->place = open.insert(open.end(), c);
    // Refused as soon as it has asked: what closes with a request unread looks as if the server had died.
    guarded(c, [&] { read(c, !room); });
  }

  /// What throws in here (std::bad_alloc) costs this connection.
  template <class F>
  void guarded(const connection_ptr& c, F&& f) {
    try {
      f();
    } catch (const std::exception& e) {
      log.error("Exception in the API's server", {{"error", e.what()}});
      end(c);
    }
  }

  /// @return false: the newcomer has to go.
  bool make_room(const newcomer& from) {
    if (open.size() < limits.connections) return true;
    if (from.is_health_check) {
      const auto others = std::count_if(open.begin(), open.end(), [](const auto& c) { return c->from->is_health_check; });
      if (static_cast<std::size_t>(others) < limits.local_reserve) return true;
    }
    const auto out = connection_to_end(seats(), from.peer);
    if (out) end(at(*out));
    return out.has_value();
  }

  /// Closes it; its pending operation then ends with an error and the last reference.
  void end(const connection_ptr& held) {
    const connection_ptr c = held;  // `held` may be the list's own
    if (c->place == open.end()) return;
    open.erase(std::exchange(c->place, open.end()));
    if (c->pulse) c->pulse->cancel();
    c->stream.close();
  }

  void read(const connection_ptr& c, bool refused) {
    c->parser.header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    c->parser.body_limit(boost::none);  // no body is read here
    c->stream.expires_after(limits.head);
    http::async_read_header(c->stream, c->buffer, c->parser, [this, c, refused](error_code ec, std::size_t) {
      if (c->place != open.end()) guarded(c, [&] { on_head(c, refused, ec); });
    });
  }

  void on_head(const connection_ptr& c, bool refused, error_code ec) {
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
      return write(c, plain(431, "431 Request Header Fields Too Large"), false);
    // Beast's own errors are bad HTTP; what the network or a deadline ended gets no answer.
    if (ec && ec.category() == error_code(http::error::bad_method).category() && ec != http::error::end_of_stream &&
        ec != http::error::partial_message)
      return write(c, plain(400, "400 Bad Request"), false);
    if (ec || is_deserted(*c)) return end(c);
    const auto& head = c->parser.get();
    const request asked{std::string(head.method_string()), std::string(head.target()), host_of(head), c->from->service};
    const bool head_only = asked.method == "HEAD";
    if (refused) return write(c, plain(503, "the API is busy: come again", "Retry-After: 1\r\n"), head_only);
    write(c, answer(asked), head_only);
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
      if (is_deserted(*c)) return end(c);
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
    for (const auto& c : open) all.push_back({c->from->peer, c->events ? seat::use::viewer : seat::use::busy});
    return all;
  }
  const connection_ptr& at(std::size_t seat) const { return *std::next(open.begin(), static_cast<std::ptrdiff_t>(seat)); }

  /// @return false: nobody gives way to one more viewer.
  bool seat_viewer(const connection_ptr& c) {
    const auto viewers = std::count_if(open.begin(), open.end(), [](const auto& one) { return one->events != nullptr; });
    if (static_cast<std::size_t>(viewers) < most_streams) return true;
    const auto out = viewer_to_end(seats(), c->from->peer);
    if (out) end(at(*out));  // its browser comes again
    return out.has_value();
  }

  void write(const connection_ptr& c, response r, bool head_only) {
    if (r.events && !head_only) {
      if (!seat_viewer(c)) return write(c, plain(503, "too many viewers: close a dashboard, or come again", "Retry-After: 30\r\n"), false);
      c->events = r.events;
      c->pulse.emplace(io);
      return follow(c, std::string(events_head) + c->events->next());
    }
    c->lead = answer_head(r);
    c->stream.expires_after(limits.write);
    if (!head_only) c->pieces = std::move(r.pieces);
    if (c->pieces) return write_piece(c);
    if (!head_only) c->out = std::move(r.body), c->shared = std::move(r.shared);
    send(c, {}, [this, c] { written(c); });
  }

  template <class Then>
  void send(const connection_ptr& c, std::string_view tail, Then then) {
    const std::string& body = c->shared ? *c->shared : c->out;
    asio::async_write(c->stream, std::array<asio::const_buffer, 3>{asio::buffer(c->lead), asio::buffer(body), asio::buffer(tail)},
                      [this, c, then](error_code ec, std::size_t) {
                        if (c->place == open.end()) return;
                        if (ec) return end(c);
                        guarded(c, then);
                      });
  }

  /// Others are served between two pieces; all of them together have the time of one answer.
  void write_piece(const connection_ptr& c) {
    c->out.clear();
    try {
      c->pieces->next(c->out);
    } catch (const std::exception& e) {  // the end is missing, so the client knows that it does not have all
      log.error("The API could not answer to the end", {{"error", e.what()}});
      return end(c);
    }
    const bool last = c->out.empty();
    c->lead += last ? "0\r\n\r\n" : fmt::format("{:x}\r\n", c->out.size());
    send(c, last ? "" : "\r\n", [this, c, last] {
      c->lead.clear();
      last ? written(c) : write_piece(c);
    });
  }

  /// What was written is the proxy's to read. But a socket that is closed with a body unread looks like a reset: the proxy closes first then.
  void written(const connection_ptr& c) {
    if (c->parser.is_done() && c->buffer.size() == 0) return end(c);
    c->lead = c->out = {};
    c->pieces = {};
    c->shared = {};
    error_code ignored;
    c->stream.socket().shutdown(local::socket::shutdown_send, ignored);
    linger(c);
  }

  /// Within the answer's time.
  void linger(const connection_ptr& c) {
    c->buffer.clear();
    c->stream.async_read_some(c->buffer.prepare(std::min<std::size_t>(limits.head_bytes, 4096)), [this, c](error_code ec, std::size_t n) {
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

server::server(base::logger& log, request_handler handler, server_limits limits) : impl_(std::make_unique<impl>(log, std::move(handler), limits)) {}

server::~server() { stop(); }

void server::start() {
  impl_->thread = std::thread([i = impl_.get()] {
    // A scrape or a page of 1,000 services takes milliseconds of CPU; where CPUs are short, requests go first (server_limits::nice).
    (void)setpriority(PRIO_PROCESS, 0, i->limits.nice);  // Linux: of the calling thread alone
    i->run();
  });
}

int server::connect(const proxy::internal_call& from) noexcept {
  if (impl_->stopped.load(std::memory_order_relaxed)) return -1;
  try {
    const auto ours = std::make_shared<newcomer>(impl_->taken, from);
    int ends[2];
    if (!ours->has_place || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) return -1;
    ours->descriptor = ends[1];
    try {
      asio::post(impl_->io, [i = impl_.get(), ours] { i->adopt(ours); });
    } catch (...) {
      ::close(ends[0]);
      throw;
    }
    return ends[0];
  } catch (const std::exception&) {  // no memory
    return -1;
  }
}

void server::stop() {
  // Not behind what is queued: a stop waits for one handler, not for hundreds of answers that nobody will have.
  impl_->io.stop();
  impl_->stopped = true;
  if (!impl_->thread.joinable()) return;
  impl_->thread.join();
  while (!impl_->open.empty()) impl_->end(impl_->open.front());
}

}  // namespace waggle::app::admin
