#include "watch/watcher.hpp"

#include "labels/go_value.hpp"
#include "watch/container_poller.hpp"
#include "watch/poller.hpp"
#include "watch/unserved_swarm.hpp"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace waggle::discovery {

namespace {

using base::milliseconds;
using namespace std::chrono_literals;

constexpr base::seconds self_interval{15};
constexpr std::size_t large_swarm = 1'000;  // services: from here on a second picture is worth giving back to the system

std::string to_text(std::size_t n) { return std::to_string(n); }

std::unique_ptr<snapshot_reader> reader_for(const options& opts, engine_client& client) {
  if (opts.swarm_mode) return std::make_unique<poller>(client);
  return std::make_unique<container_poller>(client, opts.use_bind_port_ip);
}

}  // namespace

watcher::watcher(const options& opts, environment around, transport& wire, base::logger& log, publish_handler publish, status_board& board)
    : opts_(opts),
      around_(std::move(around)),
      wire_(wire),
      log_(log),
      board_(board),
      client_(wire, opts.endpoint),
      events_(wire, client_, opts.swarm_mode ? engine_scope::swarm : engine_scope::containers),
      words_(opts.swarm_mode ? swarm_words : container_words),
      looker_(reader_for(opts, client_)),
      reasons_(client_, board_, log_, opts_.compat_traefik1 ? base::log_level::warning : base::log_level::error),
      pacing_(opts.poll_interval, opts.refresh),
      backoff_(around_.seed),
      publisher_(opts, log, [this, publish = std::move(publish)](const update& u) {
        tell_status(u.generation, u.verdicts);  // first, so that who is told can ask
        return publish(u);
      }) {
  board_.edit([&](status& s) { s.containers = !opts_.swarm_mode; });
}

void watcher::tell_status(std::uint64_t generation, const shared_verdicts& verdicts) {
  board_.show(verdicts);
  board_.edit([&](status& s) {
    s.connected = true;
    s.last_error.clear();
    s.last_good = base::now();
    s.generation = generation;
  });
}

void watcher::stop() noexcept {
  stopping_.store(true);
  wire_.stop();
}

void watcher::look_now(const std::string& reason) {
  {
    const std::lock_guard lock(feedback_mutex_);
    // What is sure ("stranger") is not overwritten by what is a guess.
    if (feedback_.empty() || feedback_ == "feedback") feedback_ = reason.empty() ? "asked" : reason;
  }
  wire_.wake();
}

void watcher::run() {
  while (!stopping_.load()) {
    try {
      turn();
    } catch (const std::exception& e) {
      // Memory or a bug of ours: one failed look, not the end of discovery.
      failed({fault_kind::garbage, std::string("internal error: ") + e.what(), "a look failed inside waggle", "report it"}, "");
    }
  }
  events_.close();
}

void watcher::turn() {
  if (!connected_ && !connect()) return;
  take_hints();
  const auto now = base::now();
  if (!opts_.watch && ever_shown_) {
    wire_.wait(milliseconds{60'000});  // --docker.watch=false: one picture is all that was asked for
    return;
  }
  keep_events_open(now);
  if (const auto what = pacing_.due(now)) {
    perform(*what);
    return;
  }
  const auto left = std::chrono::ceil<milliseconds>(pacing_.next(now) - now);
  wire_.wait(std::clamp(left, milliseconds{1}, milliseconds{15'000}));
}

void watcher::take_hints() {
  auto hint = events_.take();
  {
    const std::lock_guard lock(feedback_mutex_);
    if (!feedback_.empty()) {
      hint.doubt = feedback_ == "feedback" && hint.empty();
      hint.everything = true;
      if (hint.reason.empty()) hint.reason = feedback_;
      feedback_.clear();
    }
  }
  if (hint.empty()) return;
  announced_.insert(hint.removed.begin(), hint.removed.end());
  if (hint.networks) self_again_ = {};
  if (hint.nodes) looker_->forget_nodes();
  pacing_.hint(std::move(hint), base::now());
}

// The stream only hastens looks. When it ends it is opened again; one that never lives (a socket proxy that forbids
// /events) is tried ever more seldom.
void watcher::keep_events_open(base::mono_time now) {
  if (events_.alive()) events_seen_ = now;
  if (!opts_.watch || events_.alive() || now < events_retry_) return;
  const bool lived = events_opened_ && events_seen_ - *events_opened_ >= 5s;
  if (events_opened_ && !lived) events_pause_ = std::min<milliseconds>(events_pause_ * 2, 30s);
  else events_pause_ = 1s;
  events_retry_ = now + events_pause_;
  events_opened_ = now;
  events_.open();
  if (lived) {
    change_hint missed;
    missed.everything = true;
    missed.reason = "event stream opened";
    pacing_.hint(std::move(missed), now);
  }
}

bool watcher::connect() {
  auto version = client_.connect();
  if (version.has_error()) {
    failed(version.error(), "Failed to retrieve information of the docker client and server host: " + version.error().text);
    return false;
  }
  connected_ = true;
  recovered(*version);
  looker_->forget_networks();
  looker_->forget_nodes();
  if (!opts_.swarm_mode) tell_of_unserved_swarm(client_, board_, log_, opts_.compat_traefik1 ? base::log_level::warning : base::log_level::error);
  self_again_ = {};
  pacing_.restart();
  events_retry_ = {};
  events_opened_.reset();
  return true;
}

void watcher::recovered(const engine_version& version) {
  // A worker answers /version, too: without this the line would come with every attempt.
  if (told_fault_.empty() || opts_.compat_traefik1) {
    log_.debug("Provider connection established with docker " + version.version + " (API " + version.api_version + ")");
  }
  board_.edit([&](status& s) {
    s.engine_version = version.version;
    s.api_version = version.api_version;
  });
}

// Whether waggle itself is a task of this swarm decides which networks it can reach. Asked again now and then, because a
// container can be attached to further networks while it runs.
void watcher::find_self(base::mono_time now) {
  self_again_ = now + self_interval;
  for (const auto& id : around_.container_ids) {
    const auto me = client_.container(id);
    if (me.has_error()) {
      const auto kind = me.error().kind;
      if (kind == fault_kind::gone) {  // of another Engine: a socket proxy may lead to any manager
        self_refused_ = me.error();
        continue;
      }
      // What was known stays known. A refusal (a socket proxy that forbids /containers) is not asked again at once.
      if (kind != fault_kind::engine_error && kind != fault_kind::not_an_engine) self_again_ = now;
      else self_refused_ = me.error(), address_again_ = {};
      return;
    }
    self_refused_.reset();
    const bool host_network = std::any_of(me->networks.begin(), me->networks.end(), [](const auto& n) { return n.second == "host"; });
    const own_networks found = me->networks.empty() || host_network ? own_networks{} : own_networks{me->networks};
    if (found && found != own_) {
      std::string names;
      for (const auto& [network_id, name] : *found) names += (names.empty() ? "" : ", ") + name;
      log_.debug("Own container found", {{"container", id.substr(0, 12)}, {"task", me->task_id}, {"networks", names}});
    }
    own_ = found;
    own_service_ = me->service_id;
    return;
  }
  address_again_ = {};
  if (!around_.container_ids.empty()) return;
  own_.reset();
  self_again_ = base::mono_time::max();
}

// Behind a socket proxy that refuses /containers: the first network by name would be as good as any, and often the wrong one.
void watcher::find_self_by_address(const snapshot& picture, base::mono_time now) {
  if (!self_refused_ || (now < address_again_ && picture.networks == picture_.networks)) return;
  address_again_ = now + self_interval;
  own_place found = place_by_addresses(around_.addresses(), picture);
  if (found.networks) {
    std::string names;
    for (const auto& [network_id, name] : *found.networks) names += (names.empty() ? "" : ", ") + name;
    if (found.networks != own_)
      log_.info("Own networks found by the addresses of the own interfaces", {{"networks", names}, {"because", self_refused_->cause}});
    told_unknown_self_ = false;
  } else if (!std::exchange(told_unknown_self_, true)) {
    log_.warning(
        "Own networks are not known: of several networks of a service without traefik.docker.network the first by name is taken",
        {{"cause", self_refused_->cause}, {"fix", "let the socket proxy pass GET /containers/ID/json, or start waggle with --docker.network"}});
  }
  own_ = std::move(found.networks);
  if (!found.service_id.empty()) own_service_ = std::move(found.service_id);
}

void watcher::perform(const look& what) {
  const auto begin = base::now();
  if (begin >= self_again_) find_self(begin);
  auto picture = looker_->take(what, picture_);
  const auto end = base::now();
  // How long it took until an Engine failed says nothing of what looks cost it; the backoff paces what comes next.
  if (!picture.has_error() || picture.error().kind == fault_kind::gone) pacing_.looked(what, end - begin, end);
  board_.edit([&](status& s) {
    ++s.looks;
    ++s.looks_by_reason[what.reason];
  });
  if (picture.has_error()) {
    const auto& fault = picture.error();
    if (fault.kind == fault_kind::gone && what.kind != poll_scope::full) {
      if (log_.debug_enabled() && !opts_.compat_traefik1)
        log_.debug("A service went while it was looked at",
                   {{"look", what.reason}, {"services", to_text(what.services.size())}, {"cause", fault.text}});
      change_hint again;
      again.everything = true;
      again.reason = what.reason;
      pacing_.hint(std::move(again), end);
      return;
    }
    failed(fault, failed_line(fault));
    return;
  }
  const auto generation = publisher_.generation();
  const auto age = ever_shown_ ? end - shown_at_ : base::nanoseconds{0};
  const bool large = what.kind == poll_scope::full && picture->services.size() >= large_swarm;
  accept(what, std::move(*picture));
  if (large) (void)malloc_trim(0);  // two pictures were there at once: what the older one had is nobody's now
  tell_look(what, end - begin, age, publisher_.generation() != generation);
}

/// Why, at what, how long, and how old the view was until then. Looks by the clock that show nothing new are only counted.
void watcher::tell_look(const look& what, base::nanoseconds took, base::nanoseconds age, bool news) {
  if (!log_.debug_enabled() || opts_.compat_traefik1) return;
  if (!news && (what.reason == "interval" || what.reason == "hot")) {
    ++quiet_looks_;
    return;
  }
  const char* const kind = what.kind == poll_scope::full ? "all" : what.kind == poll_scope::services ? "services" : "tasks";
  log_.debug(words_.looked, {{"at", kind},
                             {"services", to_text(what.kind == poll_scope::full ? picture_.services.size() : what.services.size())},
                             {"look", what.reason},
                             {"took_us", std::to_string(took.count() / 1'000)},
                             {"view_age_ms", std::to_string(age.count() / 1'000'000)},
                             {"news", news ? "true" : "false"},
                             {"quiet_looks", to_text(quiet_looks_)}});
  quiet_looks_ = 0;
}

void watcher::accept(const look& what, snapshot picture) {
  const auto now = base::now();
  if (ever_shown_) {
    const auto ruling = guard_.judge(picture_, picture, what.kind == poll_scope::full, announced_, now);
    if (ruling.news) log_.warning(words_.doubt, {{"reason", ruling.why}});
    if (ruling.what == guard::answer::refuse) return;
    if (ruling.what == guard::answer::take && what.kind == poll_scope::full) announced_.clear();
  }
  if (!told_fault_.empty() || away_since_) {
    const auto away = away_since_ ? now - *away_since_ : base::nanoseconds{0};
    // Heard where its loss was.
    log_.write(
        opts_.compat_traefik1 ? base::log_level::info : base::log_level::error, words_.found_again,
        {{"after", format_go_duration(std::chrono::floor<milliseconds>(away).count() * 1'000'000)}, {"attempts", to_text(backoff_.failures())}});
    const auto now_known = board_.status();
    if (!opts_.compat_traefik1) {
      log_.debug("Provider connection established with docker " + now_known.engine_version + " (API " + now_known.api_version + ")");
    }
    told_fault_.clear();
    away_since_.reset();
  }
  backoff_.reset();
  board_.edit([&](status& s) { s.nodes = looker_->troubled_nodes(); });
  note_moves(picture, now);
  find_self_by_address(picture, now);
  picture_ = std::move(picture);
  board_.show(picture_);
  tell_of_mesh();
  const auto generation = publisher_.generation();
  publisher_.show(picture_, own_, what.kind == poll_scope::full);
  ever_shown_ = true;
  shown_at_ = now;
  if (publisher_.generation() != generation) {
    const auto took = base::now() - looker_->answered();
    log_.info("Table published", {{"generation", to_text(publisher_.generation())},
                                  {"services", to_text(picture_.services.size())},
                                  {"look", what.reason},
                                  {"took_us", std::to_string(took.count() / 1'000)}});
  }
  tell_status(publisher_.generation(), publisher_.verdicts());
  reasons_.ask(picture_, looping_, now);
}

/// Tells the pacing which services changed and which have work in progress.
void watcher::note_moves(const snapshot& picture, base::mono_time now) {
  std::vector<std::string> moved;
  const auto look_at = [&](const service_view* was, const service_view& v) {
    moved.push_back(v.spec.id);
    restarts_.observe(was, v, now);
    if (opts_.swarm_mode) reasons_.note(v, now);
    if (unsettled(v)) unsettled_.insert(v.spec.id);
    else unsettled_.erase(v.spec.id);
  };
  if (const auto places = changed_places(picture_, picture)) {
    for (const std::size_t i : *places) look_at(picture_.services[i].get(), *picture.services[i]);
  } else {
    unsettled_.clear();
    std::unordered_map<std::string_view, const service_view*> before;
    for (const auto& v : picture_.services) before.emplace(v->spec.id, v.get());
    for (const auto& v : picture.services) {
      const auto it = before.find(v->spec.id);
      if (it == before.end() || it->second != v.get()) look_at(it == before.end() ? nullptr : it->second, *v);
      else if (unsettled(*v)) unsettled_.insert(v->spec.id);
    }
  }
  looping_ = restarts_.looping(now);
  pacing_.observed(unsettled_, moved, now, looping_);
}

/// The mesh hides who the clients are: what an operator has to know before white lists, limits and logs seem wrong.
void watcher::tell_of_mesh() {
  std::string subnet;
  for (const auto& [id, n] : picture_.networks)
    if (n.ingress) subnet = n.subnet;
  std::vector<std::string> ports;
  for (const auto& v : picture_.services)
    if (!own_service_.empty() && v->spec.id == own_service_)
      for (const published_port& p : v->spec.ports)
        if (p.mesh) ports.push_back(to_text(p.published) + ":" + to_text(p.target));
  if (ports != told_mesh_ports_ && !ports.empty()) {
    std::string all;
    for (const auto& p : ports) all += (all.empty() ? "" : ", ") + p;
    log_.warning("Ports of waggle are published through the routing mesh, which hides the clients' addresses",
                 {{"ports", all}, {"fix", "publish them with mode: host"}});
  }
  told_mesh_ports_ = ports;
  board_.edit([&](status& s) {
    s.ingress_subnet = std::move(subnet);
    s.own_mesh_ports = std::move(ports);
  });
}

std::string watcher::failed_line(const engine_fault& fault) const {
  return (ever_shown_ ? words_.list_failed : words_.list_failed_first) + fault.text;
}

void watcher::failed(const engine_fault& fault, const std::string& traefik_line) {
  if (fault.kind == fault_kind::stopped || stopping_.load()) return;
  connected_ = false;
  events_.close();
  const auto pause = backoff_.next();
  const auto now = base::now();
  if (!away_since_) away_since_ = now;
  const std::string gist = fault.cause + fault.text;
  const bool news = gist != told_fault_;
  if (news || opts_.compat_traefik1) {
    if (!traefik_line.empty()) {
      if (opts_.compat_traefik1 && looker_->step() == "tasks") log_.warning(fault.text);
      log_.error(traefik_line);
    }
    log_.error("Provider connection error " + fault.text + ", retrying in " + format_go_duration(pause.count() * 1'000'000));
  }
  if (news) {
    // With the cause and what to do, so at a level that is on by default.
    log_.write(opts_.compat_traefik1 ? base::log_level::warning : base::log_level::error, ever_shown_ ? words_.lost : words_.lost_early,
               {{"cause", fault.cause}, {"fix", fault.fix}});
    told_fault_ = gist;
  }
  board_.edit([&](status& s) {
    s.connected = false;
    s.last_error = fault.cause;
    ++s.failed_looks;
  });
  // wake() may end a wait early; a hint does not make an absent Engine come back, but a signal's may be meant to.
  const auto until = now + pause;
  for (auto left = pause; left.count() > 0 && !stopping_.load(); left = std::chrono::ceil<milliseconds>(until - base::now())) {
    wire_.wait(left);
  }
}

}  // namespace waggle::discovery
