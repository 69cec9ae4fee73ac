// From a cookie to a server while tasks come and go: the input is a script of joins, leaves, publishes and cookies. Whatever was
// published before, a cookie leads only to a server that it names, or to the one that has the slot of the server it names.
#include "fuzz.hpp"

#include "affinity/opaque.hpp"
#include "affinity/sticky_cookie.hpp"
#include "affinity/slot_history.hpp"
#include "http1/head.hpp"
#include "io/address.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace waggle::proxy;
using waggle::fuzz::require;
using waggle::fuzz::text_of;

namespace {

constexpr std::size_t most_servers = 24;  // above 16 the compiler indexes them

struct task {
  std::string url, slot;
  std::uint16_t port = 0;
};

/// A service whose tasks change, and every backend that was published of it: the last two are asked.
struct world {
  explicit world(const affinity::opaque_key& k) : key(k) {}

  void publish() {
    before = std::move(now);
    now = {};
    now.cookie_name = "S";
    now.opaque = opaque;
    now.hold = std::chrono::milliseconds(hold ? 500 : 0);
    for (const task& t : tasks) {
      plan::server s;
      s.url = t.url;
      s.slot = t.slot;
      s.address = io::make_address("10.0.0.1", t.port).value();
      if (!t.slot.empty()) s.origin = {"service", "web", "task", 1, "node", {}};
      now.servers.push_back(std::move(s));
    }
    slot_history.update("web", now, clock);
    for (plan::server& s : now.servers) s.opaque = key.value_of(s.slot, s.url);
    for (plan::departed_server& l : now.departed)
      if (l.successor < 0) l.opaque = key.value_of(l.slot, l.url);
    if (now.servers.size() > 16)
      for (std::size_t i = 0; i < now.servers.size(); ++i) now.by_url.emplace(now.servers[i].url, static_cast<std::uint32_t>(i));
  }

  const affinity::opaque_key& key;
  affinity::slot_history slot_history;
  std::vector<task> tasks;
  std::set<std::string> seen;  ///< every URL and opaque value that ever was
  plan::backend before, now;
  waggle::base::mono_time clock{};
  bool opaque = false, hold = false;
};

std::string without_quotes(const std::string& v) { return v.size() >= 2 && v.front() == '"' && v.back() == '"' ? v.substr(1, v.size() - 2) : v; }

std::string decoded(const std::string& v) {
  std::string out;
  for (std::size_t i = 0; i < v.size(); ++i) {
    unsigned byte = 0;
    if (v[i] == '%' && i + 2 < v.size() && std::sscanf(v.substr(i + 1, 2).c_str(), "%2x", &byte) == 1) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += v[i];
    }
  }
  return out;
}

void check_leavers(const plan::backend& b) {
  for (std::size_t i = 0; i < b.departed.size(); ++i) {
    const plan::departed_server& l = b.departed[i];
    require(b.find_url(l.url) < 0, "one that left is there");
    require(i == 0 || b.departed[i - 1].url < l.url, "departed servers are not in order");
    require(l.successor < static_cast<int>(b.servers.size()), "a successor that is not there");
    require(l.successor < 0 || b.servers[static_cast<std::size_t>(l.successor)].slot == l.slot, "a successor with another slot");
    require(l.successor >= 0 || b.find_slot(l.slot) < 0, "the slot has a server, the departed one no successor");
  }
  require(b.departed.size() <= std::max<std::size_t>(1024, 4 * b.servers.size()), "departed servers are not bounded");
}

/// @param text  the cookie's value as the client sends it.
void ask(const world& w, const plan::backend& b, const std::string& text) {
  http1::request_head head;
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\nCookie: a=b; S=" + text + "\r\n\r\n";
  if (http1::parse_request(request, head).state != http1::parse_state::complete) return;
  const affinity::cookie_target got = affinity::read(head.fields, b);
  require(got.server < static_cast<int>(b.servers.size()), "no such server");
  require(std::string(got.unknown).size() <= text.size(), "a stranger out of nothing");  // reads all of it: ASan looks whether it lives
  // The value that counted ends at the first semicolon, without blanks around it.
  std::string value = text.substr(0, text.find(';'));
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.pop_back();
  const std::string plain = decoded(without_quotes(value));
  std::vector<std::string> readings{value, without_quotes(value), decoded(value), plain, without_quotes(plain)};
  const auto any = [&](auto&& holds) { return std::any_of(readings.begin(), readings.end(), holds); };
  const auto names_leaver = [&](const std::string& r) {
    return std::any_of(b.departed.begin(), b.departed.end(),
                       [&](const plan::departed_server& l) { return l.url == r || (!l.opaque.empty() && l.opaque == r); });
  };
  if (got.server >= 0) {
    const plan::server& s = b.servers[static_cast<std::size_t>(got.server)];
    if (got.via_successor)
      require(any([&](const std::string& r) {
                const plan::departed_server* l = b.find_departed(r);
                return l && l->successor == got.server && l->slot == s.slot;
              }),
              "it followed to a server of another slot");
    else
      require(any([&](const std::string& r) { return r == s.opaque || r == s.url.view() || affinity::names_url(r, s.url); }),
              "a server that the cookie does not name");
  }
  if (got.left) require(any(names_leaver), "it left and never was there");
  for (const plan::server& s : b.servers)
    if (value == s.url.view())
      require(got.server >= 0 && b.servers[static_cast<std::size_t>(got.server)].url.view() == value, "the server is there, and is not found");
  if (w.seen.contains(value) && b.find_departed(value)) require(got.left, "one that left is taken for a stranger");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const affinity::opaque_key key("0123456789abcdef0123456789abcdef");
  world w(key);
  const std::string in = text_of(data, size);
  for (std::size_t i = 0; i + 1 < in.size() && i < 4096; i += 2) {
    const unsigned op = static_cast<unsigned char>(in[i]) % 8, n = static_cast<unsigned char>(in[i + 1]);
    const std::uint16_t port = n & 64 ? 8080 : 80;
    const std::string url = "http://10.0.0." + std::to_string(n % 32) + ":" + std::to_string(port);
    const std::string slot = n & 128 ? std::string() : "service/" + std::to_string(n % 5);
    const auto here = std::find_if(w.tasks.begin(), w.tasks.end(), [&](const task& t) { return t.url == url; });
    if (op == 0 || op == 1) {  // joins, or its address changes hands
      if (here != w.tasks.end()) here->slot = slot;
      else if (w.tasks.size() < most_servers) w.tasks.push_back({url, slot, port});
      w.seen.insert({url, key.value_of(slot, url)});
    } else if (op == 2 && here != w.tasks.end()) {
      w.tasks.erase(here);
    } else if (op == 3) {
      w.clock += std::chrono::seconds(n * 10);
    } else if (op == 4) {
      w.opaque = n & 1;
      w.hold = n & 2;
    } else if (op == 5) {
      w.publish();
      check_leavers(w.now);
    } else if (op == 6 && !w.seen.empty()) {  // something that was there once
      const std::string& value = *std::next(w.seen.begin(), static_cast<long>(n % w.seen.size()));
      for (const plan::backend* b : {&w.now, &w.before})
        for (const std::string& form : {value, "\"" + value + "\"", "http%3A%2F%2F" + value.substr(std::min<std::size_t>(7, value.size()))})
          ask(w, *b, form);
    } else if (op == 7) {  // anything
      const std::string value = in.substr(i + 2, n);
      for (const plan::backend* b : {&w.now, &w.before}) ask(w, *b, value);
      i += n & ~1u;
    }
  }
  return 0;
}
