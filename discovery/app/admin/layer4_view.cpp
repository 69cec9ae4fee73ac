#include "admin/layer4_view.hpp"

#include "admin/explain.hpp"
#include "admin/layer4_json.hpp"
#include "admin/layer4_table.hpp"
#include "process/version.hpp"

#include <waggle/model/tcp.hpp>
#include <waggle/model/udp.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waggle::app::admin {
namespace {

constexpr std::size_t piece_bytes = 60 * 1024;  // a service more: what one write of the server's takes

enum class shown { table, connections, timeouts };

struct question {
  bool text = false;
  shown what = shown::table;
  ipvs::table_format format;
  std::string service;  ///< empty: all
};

struct view_word {
  std::string_view word;
  shown what;
  ipvs::view table = ipvs::view::plain;
};
constexpr view_word views[] = {
    {"plain", shown::table},
    {"stats", shown::table, ipvs::view::stats},
    {"rate", shown::table, ipvs::view::rate},
    {"thresholds", shown::table, ipvs::view::thresholds},
    {"persistent-conn", shown::table, ipvs::view::persistent},
    {"connections", shown::connections},
    {"timeout", shown::timeouts},
};

/// @return none: a view that there is not.
std::optional<question> read(std::string_view query) {
  question out;
  for (const auto& [name, value] : query_pairs(query)) {
    if (name == "as") out.text = value == "text";
    else if (name == "exact") out.format.exact = true;
    else if (name == "names") out.format.names = true;
    else if (name == "service") out.service = value;
    else if (name == "view") {
      const auto at = std::find_if(std::begin(views), std::end(views), [&](const view_word& v) { return v.word == value; });
      if (at == std::end(views)) return std::nullopt;
      out.what = at->what;
      out.format.what = at->table;
    }
  }
  return out;
}

/// A list of texts with something before and behind it.
template <class Items, class Append>
class list_source final : public body_source {
 public:
  list_source(std::string head, Items items, Append append, std::string tail)
      : head_(std::move(head)), items_(std::move(items)), append_(std::move(append)), tail_(std::move(tail)) {}
  void next(std::string& piece) override {
    piece += std::exchange(head_, {});
    while (at_ < items_.size() && piece.size() < piece_bytes) {
      append_(piece, items_[at_], at_ == 0);
      ++at_;
    }
    if (at_ == items_.size()) piece += std::exchange(tail_, {});
  }

 private:
  std::string head_;
  const Items items_;
  const Append append_;
  std::string tail_;
  std::size_t at_ = 0;
};

template <class Items, class Append>
std::shared_ptr<body_source> list(std::string head, Items items, Append append, std::string tail = {}) {
  return std::make_shared<list_source<Items, Append>>(std::move(head), std::move(items), std::move(append), std::move(tail));
}

response text(std::shared_ptr<body_source> body) {
  return {.status = 200, .content_type = "text/plain; charset=utf-8", .pieces = std::move(body), .nosniff = true};
}
response json(std::shared_ptr<body_source> body) {
  return {.status = 200, .content_type = "application/json; charset=UTF-8", .pieces = std::move(body)};
}
response error(unsigned status, std::string why) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(why) + '\n', .nosniff = true};
}

/// Those that are asked for.
using service_list = std::vector<const proxy::layer4_service_figures*>;
service_list services_of(const proxy::layer4_figures& all, const std::string& name) {
  service_list out;
  for (const auto* part : {&all.tcp, &all.udp})
    for (const proxy::layer4_service_figures& s : *part)
      if (name.empty() || is_called(s, name)) out.push_back(&s);
  return out;
}

response table(const sources& from, const question& q, const std::shared_ptr<const proxy::layer4_figures>& all, service_list mine) {
  if (!q.text)
    return json(list(
        layer4_json_head(*all), std::move(mine),
        [all, rates = from.layer4_rates](std::string& to, const proxy::layer4_service_figures* s, bool first) {
          if (!first) to += ',';
          to += layer4_json(*s, *rates);
        },
        "]}"));
  return text(list(ipvs::table_head(ipvs::heading(version_number(), all->workers), q.format.what),
                   virtual_services(*all, *from.layer4_rates, q.service),
                   [format = q.format](std::string& to, const ipvs::virtual_service& s, bool) { ipvs::append_service(to, s, format); }));
}

response connections(const sources& from, const question& q, const proxy::layer4_figures& all, const service_list& mine) {
  std::vector<proxy::layer4_connection> open;
  if (q.service.empty()) open = from.layer4_connections({}, ipvs::most_connections);
  else
    for (const proxy::layer4_service_figures* s : mine) {
      auto some = from.layer4_connections(s->key, ipvs::most_connections - open.size());
      std::move(some.begin(), some.end(), std::back_inserter(open));
    }
  if (q.text) {
    std::vector<ipvs::connection> rows;
    rows.reserve(open.size());
    for (const proxy::layer4_connection& c : open) rows.push_back(row_of(c));
    return {.status = 200,
            .content_type = "text/plain; charset=utf-8",
            .body = ipvs::connections_text(ipvs::heading(version_number(), all.workers), rows),
            .nosniff = true};
  }
  return json(list(R"({"connections":[)", std::move(open),
                   [](std::string& to, const proxy::layer4_connection& c, bool first) {
                     if (!first) to += ',';
                     to += layer4_json(c);
                   },
                   "]}"));
}

/// Of the services that are asked for, if they have the same; ipvsadm knows one for all.
response timeouts(const service_list& mine) {
  using std::chrono::milliseconds;
  milliseconds tcp = model::tcp_timeouts{}.idle, half_closed = model::tcp_timeouts{}.half_closed, udp = model::udp_service{}.session_idle;
  for (const proxy::layer4_service_figures* s : mine) {
    if (s->protocol == model::protocol::udp) udp = s->idle;
    else tcp = s->idle, half_closed = s->half_closed;
  }
  const auto seconds = [](milliseconds d) { return static_cast<std::uint32_t>(std::clamp<std::int64_t>((d.count() + 999) / 1'000, 0, UINT32_MAX)); };
  return {.status = 200,
          .content_type = "text/plain; charset=utf-8",
          .body = ipvs::timeouts_text(seconds(tcp), seconds(half_closed), seconds(udp)),
          .nosniff = true};
}

}  // namespace

response layer4(const sources& from, names, std::string_view query) {
  const auto q = read(query);
  if (!q) return error(400, "view: expected plain, stats, rate, thresholds, persistent-conn, connections or timeout");
  const proxy::layer4_wishes wishes{
      .open = q->what == shown::table ? proxy::layer4_wishes::open_connections::all : proxy::layer4_wishes::open_connections::as_known,
      .persistence = q->what == shown::table};
  const auto all = std::make_shared<const proxy::layer4_figures>(from.layer4 ? from.layer4(wishes) : proxy::layer4_figures{});
  service_list mine = services_of(*all, q->service);
  if (mine.empty() && !q->service.empty())
    return error(404, "there is no TCP or UDP service " + q->service.substr(0, 200) + "; GET /api/l4 (waggle status --ipvs) lists all");
  switch (q->what) {
    case shown::connections: return connections(from, *q, *all, mine);
    case shown::timeouts: return timeouts(q->service.empty() ? service_list{} : mine);
    case shown::table: break;
  }
  return table(from, *q, all, std::move(mine));
}

}  // namespace waggle::app::admin
