#include <waggle/discovery/controller.hpp>

#include "docker/curl_transport.hpp"
#include "docker/self.hpp"
#include "watch/status_board.hpp"
#include "watch/watcher.hpp"

#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace waggle::discovery {

namespace {

std::string file_text(const char* path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

environment look_around() {
  std::array<char, 256> hostname{};
  ::gethostname(hostname.data(), hostname.size() - 1);
  environment out;
  out.container_ids = own_container_ids(file_text("/proc/self/cgroup"), file_text("/proc/self/mountinfo"), hostname.data());
  // Replicas must not come back all at once: process id and clock differ between them.
  out.seed = static_cast<std::uint32_t>(::getpid()) ^ static_cast<std::uint32_t>(base::now().time_since_epoch().count() & 0xffffffff);
  return out;
}

}  // namespace

struct controller::impl {
  impl(options opts, base::logger& log, publish_handler publish)
      : wire(make_curl_transport(opts.endpoint, opts.tls)), loop(opts, look_around(), *wire, log, std::move(publish), board) {}

  status_board board;
  std::unique_ptr<transport> wire;
  watcher loop;
  std::thread thread;
};

controller::controller(options opts, base::logger& log, publish_handler publish)
    : impl_(std::make_unique<impl>(std::move(opts), log, std::move(publish))) {}

controller::~controller() { stop(); }

void controller::start() {
  if (!impl_->thread.joinable()) impl_->thread = std::thread([this] { impl_->loop.run(); });
}

void controller::stop() {
  impl_->loop.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

void controller::look_now(const std::string& reason) { impl_->loop.look_now(reason); }

discovery::status controller::status() const { return impl_->board.status(); }

std::shared_ptr<const model::verdict_list> controller::verdicts() const { return impl_->board.verdicts(); }

swarm_view controller::swarm() const {
  const snapshot picture = impl_->board.picture();
  const auto troubles = impl_->board.troubles();
  swarm_view out;
  out.reserve(picture.services.size());
  for (const auto& s : picture.services) {
    swarm_service_view v;
    v.id = s->spec.id;
    v.name = s->spec.name;
    v.container = s->spec.container;
    v.update_state = s->spec.update_state;
    if (const auto t = troubles.find(s->spec.id); t != troubles.end()) v.task_error = t->second;
    v.global = s->spec.global;
    v.health_check = s->spec.health_check;
    v.start_first = s->spec.start_first;
    v.replicas = s->spec.replicas;
    if (s->spec.stop_grace_ns) v.stop_grace_seconds = static_cast<double>(*s->spec.stop_grace_ns) / 1e9;
    v.tasks.reserve(s->tasks.size());
    for (const task& t : s->tasks)
      if (!t.leaving()) v.tasks.push_back({t.id, t.node_id, t.state, t.desired_state, t.slot, t.node_name});
    out.push_back(std::move(v));
  }
  return out;
}

}  // namespace waggle::discovery
