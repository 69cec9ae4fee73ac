#include "admin/live_report.hpp"

#include "admin/overview_pieces.hpp"

#include <chrono>
#include <functional>
#include <string_view>

namespace waggle::app::admin {
namespace {

constexpr std::chrono::seconds pause{1};
constexpr std::uint64_t looks_kept = 120;  // a viewer that does not read for 30 s is sent away (server_limits::write)

// Names are unique among services (Swarm) and among backends of a provider, whose keys hold a blank.
std::string name_of(const other_backend& o) { return o.provider + ": " + *o.backend.name; }
std::string name_of(const proxy::layer4_service_figures& s) {
  std::string out(s.key.substr(0, s.key.size() - s.name.size() - 1));
  return out.append(": ").append(s.name);
}
std::string key_of(const proxy::server_figures& s) { return std::string(s.backend).append(" ").append(s.url); }

/// Members of a JSON object.
class members {
 public:
  void add(std::string_view key, const std::string& piece) { list_ += (list_.empty() ? "" : ",") + quoted(key) + ':' + piece; }
  void put_into(std::string& out, std::string_view name) const {
    if (!list_.empty()) out += ',' + quoted(name) + ":{" + list_ + '}';
  }

 private:
  std::string list_;
};

}  // namespace

template <class Visit>
void live_report::each_stream(Visit&& visit) const {
  for (const auto* list : {&picture_->layer4().tcp, &picture_->layer4().udp})
    for (const proxy::layer4_service_figures& s : *list) visit(s);
}

void live_report::pieces::note(const std::string& key, const std::string& text, std::uint64_t now) {
  const std::size_t mark = std::hash<std::string>{}(text);
  piece& p = known[key];
  if (p.since == 0 || p.mark != mark) p.mark = mark, p.since = now;
  p.met = now;
  since.push_back(p.since);
}

std::uint64_t live_report::look() {
  if (picture_ && from_.now() - looked_at_ < pause) return number_;
  ++number_;
  told_.clear();
  picture_.reset();  // two at once would need twice the memory
  picture_.emplace(from_);
  try {
    sort_out();
    forget_gone();
    take_changes();
  } catch (...) {  // out of memory: the next who asks tries again
    picture_.reset();
    throw;
  }
  looked_at_ = from_.now();  // not when it began: one that took longer than the pause is shared as well
  return number_;
}

void live_report::sort_out() {
  for (pieces* const p : {&services_, &backends_, &servers_, &streams_, &ends_}) p->since.clear();
  for (const story& s : picture_->stories()) services_.note(s.verdict->service, piece_of(*picture_, s), number_);
  for (const other_backend& o : picture_->others()) services_.note(name_of(o), piece_of(o), number_);
  for (const auto* const s : picture_->other_layer4()) services_.note(name_of(*s), piece_of(*s), number_);
  for (const proxy::traffic_figures& t : picture_->figures().backends) backends_.note(t.name, piece_of(t), number_);
  for (const proxy::server_figures& s : picture_->figures().servers) servers_.note(key_of(s), piece_of(s), number_);
  each_stream([this](const proxy::layer4_service_figures& s) {
    streams_.note(key_of(s), figures_of_stream(s), number_);
    for (const proxy::layer4_server_figures& e : s.servers) ends_.note(key_of(s, e), figures_of_end(e), number_);
  });
}

void live_report::forget_gone() {
  for (const auto& [key, p] : services_.known)
    if (p.met != number_) gone_.emplace_back(number_, key);
  while (!gone_.empty() && gone_.front().first + looks_kept < number_) gone_.pop_front();
  for (pieces* const p : {&services_, &backends_, &servers_, &streams_, &ends_})
    std::erase_if(p->known, [this](const auto& entry) { return entry.second.met != number_; });
}

void live_report::take_changes() {
  const std::vector<numbered_change> all = from_.changes();
  while (!changes_.empty() && (all.empty() || changes_.front().second.number < all.front().number)) changes_.pop_front();
  for (const numbered_change& c : all)
    if (changes_.empty() || c.number > changes_.back().second.number) changes_.emplace_back(number_, c);
}

const std::string& live_report::news_since(std::uint64_t seen) {
  const auto it = told_.find(seen);
  return it != told_.end() ? it->second : told_.emplace(seen, told(seen)).first->second;
}

std::string live_report::told(std::uint64_t seen) const {
  members services, backends, servers, streams, ends;
  std::size_t i = 0;
  const auto is_new = [&](const pieces& of) { return of.since[i++] > seen; };
  for (const story& s : picture_->stories())
    if (is_new(services_)) services.add(s.verdict->service, piece_of(*picture_, s));
  for (const other_backend& o : picture_->others())
    if (is_new(services_)) services.add(name_of(o), piece_of(o));
  for (const auto* const s : picture_->other_layer4())
    if (is_new(services_)) services.add(name_of(*s), piece_of(*s));
  i = 0;
  for (const proxy::traffic_figures& t : picture_->figures().backends)
    if (is_new(backends_)) backends.add(t.name, piece_of(t));
  i = 0;
  for (const proxy::server_figures& s : picture_->figures().servers)
    if (is_new(servers_)) servers.add(key_of(s), piece_of(s));
  std::size_t k = i = 0;
  each_stream([&](const proxy::layer4_service_figures& s) {
    if (is_new(streams_)) streams.add(key_of(s), figures_of_stream(s));
    for (const proxy::layer4_server_figures& e : s.servers)
      if (ends_.since[k++] > seen) ends.add(key_of(s, e), figures_of_end(e));
  });
  std::string gone, changes;
  for (const auto& [look, key] : gone_)
    if (seen > 0 && look > seen && !services_.known.contains(key)) gone += (gone.empty() ? "" : ",") + quoted(key);
  for (const auto& [look, c] : changes_)
    if (look > seen) changes += (changes.empty() ? "" : ",") + piece_of(c);

  std::string out = "{\"head\":" + head_piece(*picture_);
  services.put_into(out, "services");
  if (!gone.empty()) out += ",\"gone\":[" + gone + ']';
  backends.put_into(out, "backends");
  servers.put_into(out, "servers");
  streams.put_into(out, "streams");
  ends.put_into(out, "ends");
  if (!changes.empty()) out += ",\"changes\":[" + changes + ']';
  return out + '}';
}

}  // namespace waggle::app::admin
