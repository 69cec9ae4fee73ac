// A request as a value: its fields, and what edits do to them.
#include <waggle/http/forwarding.hpp>
#include <waggle/http/message.hpp>

#include "catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace waggle::http;

namespace {

using lines = std::vector<std::pair<std::string, std::string>>;

struct message {
  heap_arena memory;
  request r;
  explicit message(const lines& received) {
    r.fields.begin(memory, received.size());
    for (const auto& [name, value] : received) r.fields.push({memory.keep(name), memory.keep(value), classify(name)});
  }
  lines all() const {
    lines out;
    for (const field& f : r.fields.all()) out.emplace_back(f.name, f.value);
    return out;
  }
};

std::string way(const request& r, const sender& from) {
  std::string out;
  for_each_hop(r, from, [&](std::string_view one) { out.append(out.empty() ? "" : ", ").append(one); });
  return out;
}

}  // namespace

TEST_CASE("an edit is seen at once, and the last one counts", "[unit][http][message]") {
  message m(lines{{"A", "1"}, {"X-User", "evil"}, {"B", "2"}, {"x_user", "evil"}});
  m.r.fields.set("X-User", "ann");
  CHECK(m.all() == lines{{"A", "1"}, {"B", "2"}, {"X-User", "ann"}});
  CHECK(m.r.fields.first("x-user") == "ann");
  m.r.fields.set("x_user", "bob");
  CHECK(m.all() == lines{{"A", "1"}, {"B", "2"}, {"x_user", "bob"}});
  m.r.fields.add("X-User", "eve");
  CHECK(m.all() == lines{{"A", "1"}, {"B", "2"}, {"x_user", "bob"}, {"X-User", "eve"}});
  m.r.fields.set("X-USER", "");
  CHECK(m.all() == lines{{"A", "1"}, {"B", "2"}});
  m.r.fields.remove("Nothing");
  CHECK(m.all() == lines{{"A", "1"}, {"B", "2"}});
}

TEST_CASE("what is set stands behind what was received and is known as ours", "[unit][http][message]") {
  message m(lines{{"A", "1"}, {"B", "2"}});
  m.r.fields.set("A", "3");
  m.r.fields.add("C", "4");
  CHECK(m.all() == lines{{"B", "2"}, {"A", "3"}, {"C", "4"}});
  CHECK(m.r.fields.all()[0].origin == field_origin::received);
  CHECK(m.r.fields.all()[1].origin == field_origin::ours);
  std::string name = "D", value = "5";
  m.r.fields.set(name, value);
  name = value = "x";
  CHECK(m.r.fields.first("D") == "5");  // a copy
}

TEST_CASE("Host, framing and the count of turns cannot be edited", "[unit][http][message]") {
  const lines fixed = {{"Host", "h"}, {"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}, {"Connection", "close"}, {"X-Waggle-Hops", "a=1"}};
  message m(fixed);
  for (const auto& [name, value] : fixed) {
    m.r.fields.set(name, "x");
    m.r.fields.add(name, "x");
    m.r.fields.remove(name);
  }
  m.r.fields.remove("Content_Length");
  CHECK(m.all() == fixed);
}

TEST_CASE("many edits of a request without fields", "[unit][http][message]") {
  message m(lines{});
  lines wanted;
  for (int i = 0; i < 500; ++i) {
    const std::string name = "X-N" + std::to_string(i), value(static_cast<std::size_t>(i % 90), 'v');
    m.r.fields.add(name, value);
    wanted.emplace_back(name, value);
  }
  CHECK(m.all() == wanted);
}

TEST_CASE("what is edited is told by id, whatever its spelling", "[unit][http][message]") {
  message m(lines{{"A", "1"}});
  CHECK_FALSE(m.r.fields.any_edited());
  m.r.fields.set("X-A", "1");
  CHECK(m.r.fields.any_edited());
  CHECK_FALSE(m.r.fields.is_edited(field_id::x_real_ip));
  m.r.fields.remove("x_real_ip");
  m.r.fields.set("X-FORWARDED-FOR", "1.1.1.1");
  CHECK(m.r.fields.is_edited(field_id::x_real_ip));
  CHECK(m.r.fields.is_edited(field_id::x_forwarded_for));
  CHECK_FALSE(m.r.fields.is_edited(field_id::x_forwarded_host));
}

TEST_CASE("what a request says of its way counts from trusted peers, and what is set here", "[unit][http][forwarding]") {
  const lines said = {{"X-Forwarded-For", "9.9.9.9"}, {"X-Forwarded-For", ""},   {"X-Forwarded-For", "8.8.8.8, 7.7.7.7"},
                      {"X-Real-Ip", "9.9.9.9"},       {"X-Forwarded-Proto", ""}, {"X-Forwarded-Proto", "https"},
                      {"X-Forwarded-Host", "other"}};
  message m(said);
  m.r.authority = "h.example:8080";
  const sender stranger{"192.0.2.1", false}, trusted{"192.0.2.1", true};
  CHECK(way(m.r, stranger) == "192.0.2.1");
  CHECK(way(m.r, trusted) == "9.9.9.9, 8.8.8.8, 7.7.7.7, 192.0.2.1");
  forwarding f = forwarding_of(m.r, stranger);
  CHECK(f.real_ip == "192.0.2.1");
  CHECK(f.proto == "http");
  CHECK(f.port == "8080");
  CHECK(f.host == "h.example:8080");
  f = forwarding_of(m.r, trusted);
  CHECK(f.real_ip == "9.9.9.9");
  CHECK(f.proto == "https");
  CHECK(f.port == "8080");
  CHECK(f.host == "other");
  m.r.authority = "[::1]";
  CHECK(forwarding_of(m.r, trusted).port == "443");
  CHECK(forwarding_of(m.r, stranger).port == "80");
  m.r.fields.set("X-Forwarded-Proto", "wss");
  CHECK(forwarding_of(m.r, stranger).proto == "wss");
  CHECK(forwarding_of(m.r, stranger).port == "443");
  m.r.authority = {};
  CHECK(forwarding_of(m.r, stranger).host.empty());
}

TEST_CASE("a line that Connection names goes no further", "[unit][http][forwarding]") {
  message m(lines{});
  m.r.fields.push({"X-Forwarded-For", "9.9.9.9", field_id::x_forwarded_for, field_origin::this_hop});
  CHECK(way(m.r, {"192.0.2.1", true}) == "192.0.2.1");
}
