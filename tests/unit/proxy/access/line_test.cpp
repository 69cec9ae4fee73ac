// Lines of the access log: exact texts, hostile values, bounds. The log of one worker without a socket.
#include "access/log.hpp"
#include "routing/table.hpp"

#include "catch.hpp"

#include <nlohmann/json.hpp>

using namespace waggle;
using namespace waggle::proxy;
using namespace waggle::proxy::access;
using json = nlohmann::json;

namespace {

constexpr std::int64_t wall = 1'543'151'850'123'456'789;  // 2018-11-25T13:17:30.123456789Z

struct written {
  access_log_options options;
  routing::frontend route;
  plan::backend to;
  record r;
  std::uint64_t number = 7;
  base::mono_time now{};
  std::unique_ptr<writer_memory> memory;  // made anew for each line, unless a test keeps one

  written() {
    route.name = route.label = "frontend-Host-a";
    route.label_from = 9;
    to.name = "backend-web";
    plan::server s;
    s.url = "http://10.0.0.5:8000";
    s.host_header = "10.0.0.5:8000";
    s.origin = {"svc", "web", "task1", 3, "node1", "alpha"};
    to.servers.push_back(s);
    r.method = "GET";
    r.target = "/x?y=1";
    r.host = "a.example:8080";
    r.client_ip = "192.0.2.1";
    r.client_port = 4711;
    r.started_wall = wall;
    r.started = r.asked = now;
    now += std::chrono::microseconds(2'500);
    r.route = &route;
    r.to = &to;
    r.server = 0;
    r.was_asked = true;
    r.origin_status = r.status = 200;
    r.answer_bytes = 375;
  }
  std::string common() {
    return text([](auto&&... a) { write_common(a...); });
  }
  json parsed() {
    options.format = access_format::json;
    return json::parse(text([](auto&&... a) { write_json(a...); }));
  }
  template <class Writer>
  std::string text(Writer write) {
    const layout how(options);
    writer_memory fresh;
    std::string block(log::longest_line, '\0');
    line out(block.data(), block.size());
    write(out, how, memory ? *memory : fresh, r, number, now);
    CHECK_FALSE(out.full());
    return block.substr(0, out.size());
  }
};

}  // namespace

TEST_CASE("the common format is Traefik 1.7's", "[unit][proxy][access]") {
  written w;
  CHECK(w.common() ==
        "192.0.2.1 - - [25/Nov/2018:13:17:30 +0000] \"GET /x?y=1 HTTP/1.1\" 200 375 \"-\" \"-\" 7 \"Host-a\" \"http://10.0.0.5:8000\" 2ms\n");
  w.r.user = "joe";
  w.r.referer = "http://r/";
  w.r.agent = "curl/8";
  w.r.forwarded_for = "203.0.113.9, 10.1.1.1";
  w.r.minor = 0;
  CHECK(w.common() ==
        "203.0.113.9, 10.1.1.1 - joe [25/Nov/2018:13:17:30 +0000] \"GET /x?y=1 HTTP/1.0\" 200 375 \"http://r/\" \"curl/8\" 7 \"Host-a\" "
        "\"http://10.0.0.5:8000\" 2ms\n");
}

TEST_CASE("who answered instead of a server is told", "[unit][proxy][access]") {
  written w;
  w.r.server = -1;
  w.r.origin_status = 0;
  w.r.status = 401;
  w.r.answer_bytes = 17;
  w.r.answered_by = "Auth for ";
  CHECK(w.common().find("401 17 \"-\" \"-\" 7 \"Auth for frontend-Host-a\" \"/x?y=1\" 2ms") != std::string::npos);
  CHECK(w.parsed()["FrontendName"] == "Auth for frontend-Host-a");
  CHECK(w.parsed()["BackendName"] == "Traefik");
  w.r.route = nullptr;
  w.r.to = nullptr;
  CHECK(w.common().find("\"backend not found\" \"/x?y=1\"") != std::string::npos);
  CHECK(w.parsed()["FrontendName"] == "backend not found");
}

TEST_CASE("JSON has Traefik 1.7's fields and waggle's", "[unit][proxy][access]") {
  written w;
  w.r.retries = 1;
  w.r.had_cookie = true;
  w.to.affinity = model::affinity_policy::cookie;
  const json j = w.parsed();
  CHECK(j["BackendAddr"] == "10.0.0.5:8000");
  CHECK(j["BackendName"] == "backend-web");
  CHECK(j["BackendURL"]["Host"] == "10.0.0.5:8000");
  CHECK(j["BackendURL"]["User"].is_null());
  CHECK(j["ClientAddr"] == "192.0.2.1:4711");
  CHECK(j["ClientHost"] == "192.0.2.1");
  CHECK(j["ClientPort"] == "4711");
  CHECK(j["ClientUsername"] == "-");
  CHECK(j["DownstreamStatus"] == 200);
  CHECK(j["DownstreamStatusLine"] == "200 OK");
  CHECK(j["Duration"] == 2'500'000);
  CHECK(j["OriginDuration"] == 2'500'000);
  CHECK(j["Overhead"] == 0);
  CHECK(j["FrontendName"] == "Host-a");
  CHECK(j["RequestAddr"] == "a.example:8080");
  CHECK(j["RequestHost"] == "a.example");
  CHECK(j["RequestLine"] == "GET /x?y=1 HTTP/1.1");
  CHECK(j["RequestPort"] == "-");
  CHECK(j["RetryAttempts"] == 1);
  CHECK(j["StartUTC"] == "2018-11-25T13:17:30.123456789Z");
  CHECK(j["TaskID"] == "task1");
  CHECK(j["TaskSlot"] == 3);
  CHECK(j["NodeID"] == "node1");
  CHECK(j["NodeName"] == "alpha");
  CHECK(j["ServiceName"] == "web");
  CHECK(j["StickySession"] == "moved");
  CHECK(j["level"] == "info");
  w.r.wanted = 0;
  CHECK(w.parsed()["StickySession"] == "kept");
}

TEST_CASE("what is kept of a server is told of it alone", "[unit][proxy][access]") {
  written w;
  w.memory = std::make_unique<writer_memory>();
  CHECK(w.parsed()["TaskID"] == "task1");
  plan::server& s = w.to.servers[0];  // the next table may have another one at the same place in memory
  const auto first = s;
  const auto differs = [&](const char* name, const json& expected) {
    const json j = w.parsed();
    CHECK(j[name] == expected);
    s = first;
    CHECK(w.parsed() == w.parsed());
    CHECK(w.parsed()[name] != expected);
  };
  s.origin.task_id = "task2";
  differs("TaskID", "task2");
  s.origin.slot = 4;
  differs("TaskSlot", 4);
  s.origin.node_name = "beta";
  differs("NodeName", "beta");
  s.origin.node_id = "node2";
  differs("NodeID", "node2");
  s.origin.service_name = "other";
  differs("ServiceName", "other");
  s.host_header = "10.0.0.6:80";
  differs("BackendAddr", "10.0.0.6:80");
  w.to.name = "backend-other";
  CHECK(w.parsed()["BackendName"] == "backend-other");
}

TEST_CASE("hostile values cannot forge a line", "[unit][proxy][access]") {
  written w;
  w.r.agent = "x\" 200\n127.0.0.1 - - [";
  w.r.user = std::string("a\0b\x7f", 4);
  const std::string line = w.common();
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  CHECK(line.find("\"x\\\" 200\\x0a127.0.0.1") != std::string::npos);
  w.r.target = "/\xff\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\xc3\xa4\"\\";
  const json j = w.parsed();  // would throw if it were not JSON in UTF-8
  CHECK(j["RequestPath"].get<std::string>().find("\xc3\xa4\"\\") != std::string::npos);
}

TEST_CASE("the longest values leave a line within its bounds", "[unit][proxy][access]") {
  written w;
  for (std::string* s : {&w.r.target, &w.r.host, &w.r.agent, &w.r.referer, &w.r.forwarded_for, &w.r.user, &w.r.method}) s->assign(60'000, '\xff');
  w.to.servers[0].origin = {"s", std::string(60'000, '"'), std::string(60'000, '\x01'), 1, std::string(60'000, '\\'), std::string(60'000, 'n')};
  w.to.name = w.route.name = std::string(60'000, '\n');
  CHECK(w.common().size() < log::longest_line);
  for (growing_text* s : {&w.r.request_fields, &w.r.origin_fields, &w.r.downstream_fields})
    s->assign("\"x\":\"" + std::string(16 * 1024, 'x') + "\",");
  CHECK(w.parsed().is_object());
}

TEST_CASE("fields are dropped and kept by name", "[unit][proxy][access]") {
  written w;
  w.r.user = "joe";
  w.options.by_name["ClientUsername"] = field_mode::drop;
  CHECK(w.common().find("192.0.2.1 - - [") == 0);
  CHECK_FALSE(w.parsed().contains("ClientUsername"));
  w.options.by_name.clear();
  w.options.fields = field_mode::drop;
  w.options.by_name["RequestPath"] = field_mode::keep;
  const json j = w.parsed();
  CHECK(j["RequestPath"] == "/x?y=1");
  CHECK(j.size() == 4);  // and level, msg, time
}

TEST_CASE("secrets are redacted unless they are named", "[unit][proxy][access]") {
  const auto mode = [](const access_log_options& o, std::string_view name) { return layout(o).header_mode(name); };
  access_log_options o;
  CHECK(mode(o, "authorization") == field_mode::redact);
  CHECK(mode(o, "Cookie") == field_mode::redact);
  CHECK(mode(o, "SET-COOKIE") == field_mode::redact);
  CHECK(mode(o, "Accept") == field_mode::keep);
  o.by_header["Authorization"] = field_mode::keep;
  o.by_header["accept"] = field_mode::drop;
  CHECK(mode(o, "authorization") == field_mode::keep);
  CHECK(mode(o, "Accept") == field_mode::drop);
  o.headers = field_mode::drop;
  CHECK(mode(o, "Cookie") == field_mode::drop);
}

TEST_CASE("what has to be escaped is found wherever it stands", "[unit][proxy][access]") {
  const auto [byte, written] = GENERATE(table<char, std::string>(
      {{'"', "\\\""}, {'\\', "\\\\"}, {'\x1f', "\\u001f"}, {'\x7f', "\\u007f"}, {'\0', "\\u0000"}, {'\xff', "\\ufffd"}, {' ', " "}, {'~', "~"}}));
  for (std::size_t length = 1; length <= 40; ++length)
    for (std::size_t at = 0; at < length; ++at) {
      std::string text(length, 'a'), expected = text;
      text[at] = byte;
      expected.replace(at, 1, written);
      std::string room(json_room(text), '?');
      const char* const end = put_json(room.data(), text);
      REQUIRE(std::string_view(room.data(), static_cast<std::size_t>(end - room.data())) == expected);
    }
}

TEST_CASE("a growing text keeps what it has", "[unit][proxy][access]") {
  growing_text t;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string piece(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    t.took(std::copy(piece.begin(), piece.end(), t.room(piece.size())));
    expected += piece;
  }
  CHECK(std::string_view(t) == expected);
  t.cut(3);
  CHECK(std::string_view(t) == expected.substr(0, 3));
}
