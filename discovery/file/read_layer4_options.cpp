// The options of a virtual service in a file are those of the labels, read by the same rows.
#include "file/read_layer4.hpp"
#include "labels/waggle/layer4_complete.hpp"
#include "labels/waggle/layer4_parse.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::discovery::file {
namespace {

using waggle_labels::tcp_target;
using waggle_labels::udp_target;

template <class Target>
class option_reader {
 public:
  option_reader(const label_schema<Target>& schema, std::string root, section& table) : schema_(schema), root_(std::move(root)), table_(table) {}

  /// @param option  of the label; empty: as the key
  void take(section& in, std::string_view key, std::string_view option = {}) {
    std::string value;
    if (!in.take_as_label(key, value)) return;
    std::string label = root_ + std::string(option.empty() ? key : option);
    schema_.apply(target, label, key, value);
    tell(in, key);
    labels_[std::move(label)] = {std::move(value), std::string(key)};
  }
  void take_all(section& in, std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) take(in, key);
  }
  void within(std::string_view table, std::initializer_list<std::string_view> keys) {
    table_.within(table, [&](section& s) {
      for (const std::string_view key : keys) take(s, key, std::string(table) + "." + std::string(key));
    });
  }
  /// persistence = "300s", or a table.
  void take_persistence() {
    if (!table_.has_table("persistence")) return take(table_, "persistence");
    table_.within("persistence", [&](section& s) {
      target.asked.persistent = true;
      labels_[root_ + "persistence"] = {"true", "persistence"};
      model::persistence defaults;
      target.service.persistence = defaults;
      take(s, "timeout", "persistence");
      take(s, "netmask", "persistence.netmask");
      take(s, "netmaskV6", "persistence.netmask.v6");
      take(s, "group", "persistence.group");
    });
  }
  void complete() {
    waggle_labels::complete(target, labels_);
    tell(table_, {});
  }

  Target target;

 private:
  void tell(section& in, std::string_view key) {
    for (const model::diagnostic& d : target.notes.diagnostics) {
      std::string text = d.text + "; " + d.fix;
      for (auto at = text.find(root_); at != std::string::npos; at = text.find(root_, at)) text.erase(at, root_.size());
      const std::string_view where = key.empty() ? std::string_view(d.label) : key;
      if (d.level == model::severity::error) in.fail(where, std::move(text));
      else in.warn(where, std::move(text));
    }
    target.notes.diagnostics.clear();
  }

  const label_schema<Target>& schema_;
  std::string root_;
  section& table_;
  label_set labels_;
};

}  // namespace

void read_options(section& from, model::tcp_service& to) {
  option_reader<tcp_target> r(waggle_labels::tcp_schema(), "waggle.tcp.", from);
  r.take_all(from, {"scheduler", "schedulerFlags", "maxConn", "drain", "hold", "slowStart", "offload"});
  r.take(from, "maxConnResume", "maxConn.resume");
  r.take_persistence();
  r.within("timeout", {"connect", "idle", "halfClosed", "peek"});
  if (from.has("healthCheck")) {
    using namespace std::chrono_literals;
    r.target.asked.checked = true;
    auto& check = r.target.service.health_check.emplace();
    check.interval = 30s;  // Traefik's
    check.timeout = 5s;
    r.within("healthCheck", {"port", "send", "expect", "interval", "timeout", "onDown"});
  }
  from.within("proxyProtocol", [&](section& s) {
    r.target.service.proxy_protocol = 2;
    r.take(s, "version", "proxyProtocol");
  });
  if (from.has("terminationDelay")) from.warn("terminationDelay", "is not needed: ends of connections are passed on exactly");
  if (from.has("serversTransport")) from.fail("serversTransport", "is not served; remove it");
  r.complete();
  auto options = std::move(r.target.service);
  options.name = std::move(to.name);
  options.servers = std::move(to.servers);
  to = std::move(options);
}

void read_options(section& from, model::udp_service& to) {
  option_reader<udp_target> r(waggle_labels::udp_schema(), "waggle.udp.", from);
  r.target.service.session_idle = std::chrono::seconds(3);  // Traefik's
  r.take_all(from, {"scheduler", "schedulerFlags", "onePacket", "maxSessions", "offload"});
  r.take_persistence();
  r.within("timeout", {"idle", "reply"});
  r.complete();
  auto options = std::move(r.target.service);
  options.name = std::move(to.name);
  options.servers = std::move(to.servers);
  to = std::move(options);
}

}  // namespace waggle::discovery::file
