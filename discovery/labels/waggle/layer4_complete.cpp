#include "labels/waggle/layer4_complete.hpp"

#include "labels/label_use.hpp"
#include "labels/waggle/layer4_read.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::discovery::waggle_labels {

namespace {

using model::severity;

/// The label of that key; its given key is empty where there is none.
label_use label_of(const label_set& labels, std::string_view key) {
  const auto it = labels.find(key);
  if (it == labels.end()) return {key, {}, {}, {}};
  return {key, it->second.key, it->second.value, {}};
}

template <class Target>
void tell(Target& of, severity level, const char* code, const label_use& use, std::string text, std::string fix) {
  of.notes.diagnostics.push_back(about_label(level, code, use, std::move(text), std::move(fix)));
}

bool refused(const label_notes& notes) {
  return std::any_of(notes.diagnostics.begin(), notes.diagnostics.end(), [](const auto& d) { return d.level == severity::error; });
}

/// Labels below `prefix` that do nothing.
template <class Target>
void tell_idle(Target& of, const label_set& labels, const std::string& prefix, const std::string& text, const std::string& fix) {
  for (auto it = labels.lower_bound(prefix); it != labels.end() && it->first.starts_with(prefix); ++it)
    tell(of, severity::warning, "no-effect", label_of(labels, it->first), text, fix);
}

template <class Target>
void complete_persistence(Target& of, const label_set& labels, const std::string& root) {
  if (of.asked.persistent) return;
  if (of.service.persistence && !labels.contains(root + "persistence"))
    tell_idle(of, labels, root + "persistence.", "does nothing: there is no persistence", "add " + root + "persistence=300s");
  of.service.persistence.reset();
}

template <class Target>
void complete_scheduler(Target& of, const label_set& labels, const std::string& root) {
  auto& scheduling = of.service.scheduling;
  if (of.asked.scheduler) scheduling.policy = *of.asked.scheduler;
  else if (of.service.persistence) {
    scheduling.policy = model::persistent_scheduling.policy;
    scheduling.fallback = model::persistent_scheduling.fallback;
  }
  const std::string word(model::word_of(scheduling.policy));
  const auto idle = [&](bool& flag, model::scheduler_flag which, const char* name) {
    if (!flag || model::takes_flag(scheduling.policy, which)) return;
    flag = false;
    if (of.asked.flags_given && !refused(of.notes))
      tell(of, severity::warning, "no-effect", label_of(labels, root + "schedulerFlags"),
           std::string("the flag ") + name + " does nothing: the scheduler " + word + " does not take it",
           "write " + root + "scheduler=mh, or remove the flag");
  };
  idle(scheduling.by_port, model::scheduler_flag::port, "port");
  idle(scheduling.fallback, model::scheduler_flag::fallback, "fallback");
}

}  // namespace

void complete(tcp_target& of, const label_set& labels) {
  static const std::string root = "waggle.tcp.";
  complete_persistence(of, labels, root);
  complete_scheduler(of, labels, root);
  auto& s = of.service;
  // Full at n, and free again at once below n would mean one connection in, one out.
  s.max_conn_resume = s.max_conn == 0 ? 0 : of.asked.resume.value_or(std::max<std::uint32_t>(1, s.max_conn / 4 * 3 + s.max_conn % 4 * 3 / 4));
  if (of.asked.resume && s.max_conn == 0) {
    tell(of, severity::warning, "no-effect", label_of(labels, root + "maxConn.resume"), "does nothing: there is no limit", "add " + root + "maxConn");
  } else if (of.asked.resume && (*of.asked.resume < 1 || *of.asked.resume > s.max_conn)) {
    refuse(of.notes, label_of(labels, root + "maxConn.resume"), "is not between 1 and maxConn, which is " + std::to_string(s.max_conn),
           "write a number from 1 to " + std::to_string(s.max_conn) + ", or remove it");
  }
  if (!of.asked.checked) {
    if (s.health_check && !labels.contains(root + "healthCheck"))
      tell_idle(of, labels, root + "healthCheck.", "does nothing: tasks are not probed", "add " + root + "healthCheck=true");
    s.health_check.reset();
  } else if (!s.health_check) {
    s.health_check.emplace();
  }
  if (!of.router.match.sni.empty() || !of.router.match.alpn.empty() || labels.contains(root + "sni")) of.router.tls = model::tcp_tls::passthrough;
}

void complete(udp_target& of, const label_set& labels) {
  static const std::string root = "waggle.udp.";
  complete_persistence(of, labels, root);
  complete_scheduler(of, labels, root);
  if (of.service.scheduling.policy == model::scheduler::weighted_overflow)
    tell(of, severity::warning, "scheduler-unsuited", label_of(labels, root + "scheduler"),
         "ovf counts connections, and UDP has none: sessions that are long over still count", "write wrr, or wlc");
}

}  // namespace waggle::discovery::waggle_labels
