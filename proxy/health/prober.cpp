#include "health/prober.hpp"

#include "client/fetch.hpp"
#include "http1/head.hpp"
#include "io/fair_jobs.hpp"
#include "io/loop.hpp"
#include "io/loop_thread.hpp"
#include "io/side_threads.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <utility>

namespace waggle::proxy::health {
namespace {

constexpr unsigned max_redirects = 5;

struct finding {
  bool healthy = false;
  std::string reason;  ///< why not, in Traefik's words
};

}  // namespace

std::string redirect_target(const probe& p, std::string_view location) {
  for (const std::string& host : {p.host, p.to.text()}) {
    const std::string prefix = "http://" + host;
    if (!location.starts_with(prefix)) continue;
    const std::string_view rest = location.substr(prefix.size());
    if (rest.empty() || rest.front() == '/' || rest.front() == '?') return probe_target(rest);
  }
  if (location.starts_with('/') && !location.starts_with("//")) return probe_target(location);
  return {};
}

/// A thread with a loop; everything below but update() runs on it.
class prober::impl {
 public:
  impl(const options& opts, base::logger& log, std::function<void()> on_up) : log_(log), on_up_(std::move(on_up)) {
    head_.fields.limit = std::min(opts.limits.response_fields, http1::max_fields);
    thread_.start();
  }

  ~impl() {
    thread_.run_and_wait([this] { replace({}); });
    for (bool none = false; !none;) thread_.run_and_wait([&] { none = running_ == 0; });
    thread_.stop_and_join();
  }

  void update(std::vector<target> targets) {
    loop_.post([this, targets = std::move(targets)]() mutable { replace(std::move(targets)); });
  }

 private:
  /// One server's checks, until it is told to stop.
  struct checker {
    checker(impl& o, target t) : owner(o), what(std::move(t)), waiter(o.loop_) {}
    impl& owner;
    target what;
    io::waiter waiter;
    bool stopped = false, down = false, granted = false;

    io::task<void> run();
    io::task<finding> ask();
    void judge(const finding& found);
  };

  /// Checks in progress: descriptors that clients cannot have meanwhile. A service whose servers hang has a quarter of them.
  static constexpr std::size_t most_at_once = 32, most_of_one = 8;
  void queue(checker& c) {
    turns_.push(owner_of(c), &c);
    grant();
  }
  void checked(checker& c) {
    c.granted = false;
    --in_progress_;
    turns_.done(owner_of(c));
    grant();
  }
  void grant() {
    while (in_progress_ < most_at_once) {
      const auto next = turns_.pop();
      if (!next) return;
      ++in_progress_;
      next->second->granted = true;
      next->second->waiter.expire_at(loop_.now());  // not from here: whoever is stopped ends at once
    }
  }
  static std::uint64_t owner_of(const checker& c) { return io::side_threads::owner_of(c.what.backend); }

  void replace(std::vector<target> targets) {
    std::vector<checker*> kept;
    for (target& t : targets) {
      const auto same = std::find_if(checkers_.begin(), checkers_.end(), [&](const checker* c) {
        return c->what.state == t.state && c->what.probe == t.probe && c->what.backend == t.backend;
      });
      if (same == checkers_.end()) {
        kept.push_back(new checker(*this, std::move(t)));
        continue;
      }
      (*same)->what.weight = t.weight;
      (*same)->what.first = t.first;
      kept.push_back(*same);
      checkers_.erase(same);
    }
    const std::vector<checker*> ending = std::move(checkers_);
    checkers_ = kept;
    for (checker* const c : ending) {
      c->stopped = true;
      c->waiter.interrupt();  // it may end in here, and be freed later
    }
    for (checker* const c : kept)
      if (!started(*c)) start(*c);
  }
  bool started(const checker& c) const { return std::find(alive_.begin(), alive_.end(), &c) != alive_.end(); }
  void start(checker& c) {
    alive_.push_back(&c);
    ++running_;
    io::spawn(c.run(), [this, &c](std::exception_ptr) {
      std::erase(alive_, &c);
      std::erase(checkers_, &c);
      --running_;
      loop_.delete_later(&c);
    });
  }

  base::logger& log_;
  std::function<void()> on_up_;
  io::loop loop_;
  std::array<char, 16 * 1024> input_;
  http1::response_head head_;
  client::context requests_{loop_, input_, head_};
  std::vector<checker*> checkers_;  ///< of the newest table
  std::vector<checker*> alive_;     ///< those and the ones that are ending
  std::size_t running_ = 0;
  io::fair_jobs<checker*> turns_{{~std::size_t{0}, ~std::size_t{0}, most_of_one}};  // as many as there are servers
  std::size_t in_progress_ = 0;
  io::loop_thread thread_{loop_};  // last: it ends before what it runs on
};

io::task<void> prober::impl::checker::run() {
  const io::loop& loop = owner.loop_;
  down = what.state->down();
  if (what.first) owner.log_.debug("Initial health check for backend: " + base::go_quote(what.backend));
  while (!stopped) {
    const io::time_ms due = loop.now() + static_cast<io::time_ms>(what.probe.interval.count());
    owner.queue(*this);
    while (!granted) {  // also if it is stopped meanwhile: it stands in the queue
      io::waiter::wait_awaiter turn(waiter, io::never);
      co_await turn;
    }
    finding found;
    if (!stopped) found = co_await ask();
    owner.checked(*this);
    if (stopped) co_return;
    judge(found);
    io::waiter::wait_awaiter sleep(waiter, std::max(due, loop.now() + 1));
    co_await sleep;
    if (!stopped && what.first) owner.log_.debug("Refreshing health check for backend: " + what.backend);
  }
}

io::task<finding> prober::impl::checker::ask() {
  finding out;
  std::string path = what.probe.target;
  const io::time_ms due = owner.loop_.now() + static_cast<io::time_ms>(default_timeout.count());
  for (unsigned hop = 0;; ++hop) {
    client::request request;
    request.to = what.probe.to;
    request.bytes = "GET " + path + " HTTP/1.1\r\nHost: " + what.probe.host + "\r\n" + what.probe.fields + "Connection: close\r\n\r\n";
    request.due = due;
    request.connect_within = static_cast<io::time_ms>(default_timeout.count());
    request.only_head = true;
    const client::response got = co_await client::fetch(owner.requests_, waiter, std::move(request));
    if (!got) {
      out.reason = "HTTP request failed: Get http://" + what.probe.to.text() + path + ": " + std::string(to_string(got.failure));
      break;
    }
    out.healthy = healthy(got.status);
    if (!out.healthy) out.reason = "received error status code: " + std::to_string(got.status);
    std::string next;
    if (got.status >= 301 && got.status <= 308 && got.status != 304 && hop < max_redirects)
      for (const auto& [name, value] : got.fields)
        if (http::iequals(name, "Location")) next = redirect_target(what.probe, value);
    if (next.empty()) break;
    path = std::move(next);
  }
  co_return out;
}

void prober::impl::checker::judge(const finding& found) {
  const std::string who = "Backend: " + base::go_quote(what.backend) + " URL: " + base::go_quote(what.url);
  const bool was_up = what.state->up();
  if (found.healthy && !down && !was_up) owner.log_.debug("Health check up: First good answer. " + who);
  else if (found.healthy && down) owner.log_.warning("Health check up: Returning to server list. " + who + " Weight: " + std::to_string(what.weight));
  else if (!found.healthy && down) owner.log_.warning("Health check still failing. " + who + " Reason: " + found.reason);
  else if (!found.healthy)
    owner.log_.warning("Health check failed: Remove from server list. " + who + " Weight: " + std::to_string(what.weight) +
                       " Reason: " + found.reason);
  down = !found.healthy;
  what.state->tell(found.healthy ? std::string() : found.reason);
  what.state->set(found.healthy, owner.loop_.now());
  if (found.healthy && !was_up && owner.on_up_) owner.on_up_();
}

prober::prober(const options& opts, base::logger& log, std::function<void()> on_up) : opts_(opts), log_(log), on_up_(std::move(on_up)) {}
prober::~prober() = default;

void prober::update(std::vector<target> targets) {
  if (!impl_ && targets.empty()) return;
  if (!impl_) impl_ = std::make_unique<impl>(opts_, log_, on_up_);
  impl_->update(std::move(targets));
}

}  // namespace waggle::proxy::health
