#include <catch.hpp>

#include "traefik1.hpp"
#include "docker/api_codec.hpp"
#include "docker/json_splitter.hpp"

#include <waggle/discovery/traefik_json.hpp>

using namespace waggle;
using namespace waggle::discovery;

namespace {

struct split_result {
  bool good = true, complete = false;
  std::vector<std::string> elements;
};

split_result split(const std::string& text, json_splitter::shape shape, std::size_t step) {
  split_result out;
  json_splitter s(shape, [&out](std::string_view e) {
    out.elements.emplace_back(e);
    return true;
  });
  for (std::size_t i = 0; i < text.size() && out.good; i += step) out.good = s.feed(std::string_view(text).substr(i, step));
  out.complete = s.complete();
  return out;
}

}  // namespace

TEST_CASE("a list is cut into its elements, however it arrives", "[unit][discovery][codec]") {
  const std::string text = " [ {\"a\":\"}]\\\"\"} ,\n{\"b\":[1,{\"c\":{}}]} ]\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    const auto r = split(text, json_splitter::shape::array, step);
    CAPTURE(step);
    CHECK(r.good);
    CHECK(r.complete);
    CHECK(r.elements == std::vector<std::string>{"{\"a\":\"}]\\\"\"}", "{\"b\":[1,{\"c\":{}}]}"});
  }
}

TEST_CASE("a list cut anywhere is never complete", "[unit][discovery][codec]") {
  const std::string text = "[{\"a\":1},{\"b\":2}]";
  for (std::size_t n = 0; n < text.size(); ++n) {
    CAPTURE(n);
    CHECK_FALSE(split(text.substr(0, n), json_splitter::shape::array, 5).complete);
  }
}

TEST_CASE("what is no list is refused", "[unit][discovery][codec]") {
  for (const char* bad : {"{}", "[1]", "[{},]", "[,]", "[{}]x", "null", "<html>", "[{}{}]", "[[]]"}) {
    CAPTURE(bad);
    const auto r = split(bad, json_splitter::shape::array, 64);
    CHECK_FALSE((r.good && r.complete));
  }
}

TEST_CASE("a stream is a sequence of objects", "[unit][discovery][codec]") {
  CHECK(split("{\"a\":1}\n{\"b\":2}{\"c\":3}", json_splitter::shape::sequence, 3).elements.size() == 3);
  CHECK_FALSE(split("{\"a\":1},", json_splitter::shape::sequence, 3).good);
}

TEST_CASE("a service as the Engine lists it", "[unit][discovery][codec]") {
  const auto s = decode_service(R"({"ID":"s1","Version":{"Index":21},"Spec":{"Name":"web","Labels":{"traefik.port":"80",
    "com.x.ID":"y"},"Mode":{"Global":{}},"TaskTemplate":{"ContainerSpec":{"Image":"x","Labels":{"traefik.enable":"true"},
    "Env":["ID=z"]},"Networks":[{"Target":"n1","Aliases":["web"]},{"Target":"n2"}]},"EndpointSpec":{"Mode":"vip"}},
    "Endpoint":{"Spec":{"Mode":"dnsrr"},"VirtualIPs":[{"NetworkID":"n1","Addr":"10.0.0.2/24"},{"NetworkID":"n2"}]},
    "PreviousSpec":{"Name":"old","Labels":{"a":"b"}},"UpdateStatus":{"State":"updating"}})");
  REQUIRE(s.has_value());
  CHECK(s->id == "s1");
  CHECK(s->name == "web");
  CHECK(s->version == 21);
  CHECK(s->labels == std::map<std::string, std::string>{{"com.x.ID", "y"}, {"traefik.port", "80"}});
  CHECK(s->global);
  CHECK(s->endpoint_mode == "vip");
  CHECK(s->network_ids == std::vector<std::string>{"n1", "n2"});
  CHECK(s->virtual_ips == std::vector<virtual_ip>{{"n1", "10.0.0.2/24"}, {"n2", ""}});
  CHECK(s->container_labels);
  CHECK(s->update_state == "updating");
}

TEST_CASE("what a service's specification tells about its updates and ports", "[unit][discovery][codec]") {
  const auto s = decode_service(
      R"({"ID":"s1","Spec":{"Name":"web","UpdateConfig":{"Order":"start-first"},"TaskTemplate":{"ContainerSpec":{"StopGracePeriod":30000000000,)"
      R"("Healthcheck":{"Test":["CMD","true"],"Interval":5}}},"EndpointSpec":{"Ports":[{"Protocol":"tcp","TargetPort":80,"PublishedPort":8000,)"
      R"("PublishMode":"ingress"},{"Protocol":"udp","TargetPort":53,"PublishMode":"host"}]}}})");
  REQUIRE(s.has_value());
  CHECK(s->start_first);
  CHECK(s->stop_grace_ns == 30'000'000'000u);
  CHECK(s->health_check);
  CHECK(s->ports == std::vector<published_port>{{80, 8000, true, true}, {53, 0, false, false}});
  const auto none = decode_service(R"({"ID":"s1","Spec":{"Name":"web","TaskTemplate":{"ContainerSpec":{"Healthcheck":{"Test":["NONE"]}}}}})");
  REQUIRE(none.has_value());
  CHECK_FALSE(none->health_check);
  CHECK_FALSE(none->start_first);
  CHECK_FALSE(none->stop_grace_ns);
}

TEST_CASE("nodes have names, networks subnets", "[unit][discovery][codec]") {
  const auto n =
      decode_node(R"({"ID":"n1","Version":{"Index":9},"Spec":{"Role":"manager"},"Description":{"Hostname":"m1","Platform":{"OS":"linux"}}})");
  REQUIRE(n.has_value());
  CHECK(n->id == "n1");
  CHECK(n->hostname == "m1");
  CHECK(decode_node(R"({"Description":{"Hostname":"m1"}})").has_error());
  const auto net = decode_network(
      R"({"Name":"ingress","Id":"x","Ingress":true,"IPAM":{"Driver":"default","Config":[{"Subnet":"10.0.0.0/24","Gateway":"10.0.0.1"}]},)"
      R"("Peers":[{"Name":"p"}]})");
  REQUIRE(net.has_value());
  CHECK(net->name == "ingress");
  CHECK(net->subnet == "10.0.0.0/24");
  CHECK(net->ingress);
}

TEST_CASE("a task as the Engine lists it", "[unit][discovery][codec]") {
  const auto t = decode_task(R"({"ID":"t1","Version":{"Index":30},"Spec":{"ContainerSpec":{"Image":"x"},"Networks":[{"Target":"n"}]},
    "ServiceID":"s1","Slot":2,"NodeID":"nd","Status":{"State":"running","Message":"m","ContainerStatus":{"ContainerID":"c1","PID":7}},
    "DesiredState":"running","NetworksAttachments":[{"Network":{"ID":"n1","Version":{"Index":1},"Spec":{"Name":"appnet","Labels":{}}},
    "Addresses":["10.0.0.5/24","10.0.0.6/24"]},{"Network":{"ID":"n2"},"Addresses":[]}]})");
  REQUIRE(t.has_value());
  CHECK(t->slot == 2);
  CHECK(t->version == 30);
  CHECK(t->running());
  CHECK(t->attachments == std::vector<attachment>{{"n1", "appnet", "10.0.0.6/24"}, {"n2", "", ""}});
}

TEST_CASE("null maps are empty, missing ids are errors, garbage is an error", "[unit][discovery][codec]") {
  CHECK(decode_service(R"({"ID":"a","Spec":{"Name":"x","Labels":null,"Mode":null}})")->labels.empty());
  CHECK(decode_service(R"({"Spec":{"Name":"x"}})").has_error());
  CHECK(decode_task(R"({"ID":"t","Status":)").has_error());
  CHECK(decode_task(R"({"ID":"t" "x":1})").has_error());
  CHECK(decode_version("<html>").has_error());
}

TEST_CASE("one garbled label does not spoil its list", "[unit][discovery][codec]") {
  const auto s = decode_service(
      "{\"ID\":\"a\",\"Spec\":{\"Name\":\"x\",\"Labels\":{\"k\":\"a\xff"
      "b\"}}}");
  REQUIRE(s.has_value());
  CHECK(s->labels.at("k") ==
        "a\xef\xbf\xbd"
        "b");
}

TEST_CASE("strings of JSON: escapes, pairs, halves of pairs, and what none is", "[unit][discovery][codec]") {
  const auto name = [](const std::string& json) {
    const auto s = decode_service("{\"ID\":\"a\",\"Spec\":{\"Name\":\"" + json + "\"}}");
    return s.has_value() ? s->name : "error";
  };
  CHECK(name("a\\u0041\\n\\\"\\/\\\\") == "aA\n\"/\\");
  CHECK(name("\\ud83d\\ude00") == "\xf0\x9f\x98\x80");
  CHECK(name("\\ud83dx") == "\xef\xbf\xbdx");
  CHECK(name("\\ude00") == "\xef\xbf\xbd");
  CHECK(name("\\u20ac") == "\xe2\x82\xac");
  for (const char* bad : {"\\x", "\\u12", "\\u12g4", "a\nb", "\\"}) {
    CAPTURE(bad);
    CHECK(name(bad) == "error");
  }
  for (std::size_t n = 0; n < 20; ++n) {  // the end of a string at every place in a word of eight bytes
    const std::string text(n, 'x');
    CHECK(name(text) == text);
    CHECK(name(text + "\\t") == text + "\t");
  }
}

TEST_CASE("numbers of JSON, and text that is none", "[unit][discovery][codec]") {
  CHECK(decode_service(R"({"ID":"a","Version":{"Index":18446744073709551615}})")->version == 18446744073709551615u);
  for (const char* other : {"-1", "1.5", "1e3", "0", "99999999999999999999"}) {
    CAPTURE(other);
    const auto s = decode_service(std::string(R"({"ID":"a","Version":{"Index":)") + other + "}}");
    REQUIRE(s.has_value());
    CHECK(s->version == 0);
  }
  for (const char* bad : {"01", "-", "1.", "1e", "+1", "tru", "nul", ""}) {
    CAPTURE(bad);
    CHECK(decode_service(std::string(R"({"ID":"a","Version":{"Index":)") + bad + "}}").has_error());
  }
  for (const char* bad : {R"({"ID":"a"} x)", R"({"ID":"a",})", R"({"ID"})", R"({"ID":"a" "Spec":{}})", R"({"ID":"a","Spec":{"Networks":[{},]}})",
                          R"({"ID":"a","Spec":{"Networks":[{} {}]}})", R"({ID:"a"})", R"(["ID"])"}) {
    CAPTURE(bad);
    CHECK(decode_service(bad).has_error());
  }
  std::string deep = "{\"ID\":\"a\",\"Spec\":";
  for (int i = 0; i < 100'000; ++i) deep += "[";
  CHECK(decode_service(deep).has_error());
  // What is passed over is not read, only balanced.
  CHECK(decode_service(R"({"ID":"a","Other":{"x":[{"y":"}]\""}]},"Spec":{"Name":"n"}})")->name == "n");
  CHECK(decode_service(R"({"ID":"a","Other":{"x":[})").has_error());
}

TEST_CASE("the own container: task id and networks whose names hold dots", "[unit][discovery][codec]") {
  const auto c = decode_container(R"({"Id":"abc","Config":{"Labels":{"com.docker.swarm.task.id":"t9"}},
    "NetworkSettings":{"Networks":{"a.b":{"NetworkID":"n1"},"front":{"NetworkID":"n2","IPAMConfig":{"IPv4Address":"1.2.3.4"}}}}})");
  REQUIRE(c.has_value());
  CHECK(c->task_id == "t9");
  CHECK(c->networks == std::map<std::string, std::string>{{"n1", "a.b"}, {"n2", "front"}});
}

TEST_CASE("configurations as Go's encoder writes them", "[unit][discovery][json]") {
  CHECK(traefik_json(model::configuration{}) == "{}");
  CHECK(go_json_string("a<b>&\"\\\n\x01\xe2\x80\xa8\xc3\xbc") == "\"a\\u003cb\\u003e\\u0026\\\"\\\\\\n\\u0001\\u2028\xc3\xbc\"");
  struct {
    model::http_configuration operator()(const model::backend& b) const { return model::traefik1::translated({{b}, {}}).http; }
    model::http_configuration operator()(const model::frontend& f) const { return model::traefik1::translated({{}, {f}}).http; }
  } all;
  model::backend b;
  b.name = "backend-x";
  model::server s;
  s.name = "server-x";
  s.url = "http://10.0.0.5:80";
  s.weight = 0;
  b.servers.push_back(s);
  b.balance.emplace().method = "wrr";
  b.balance->stickiness.emplace();
  CHECK(traefik_json(all(b), all(b).services.front()) ==
        R"({"servers":{"server-x":{"url":"http://10.0.0.5:80","weight":0}},"loadBalancer":{"method":"wrr","stickiness":{}}})");
  model::frontend f;
  f.name = "frontend-x";
  f.backend = "backend-x";
  f.pass_host_header = false;
  f.options.auth.emplace().basic.emplace().users = {"secret:hash"};
  CHECK(traefik_json(all(f), all(f).routers.front()) == R"({"backend":"backend-x","priority":0,"basicAuth":null,"auth":{"basic":{}}})");
  CHECK(backends_json({}) == "{}");
  CHECK(frontends_json({}) == "{}");
}

TEST_CASE("a task's error is the Engine's, and bounded", "[unit][discovery][json]") {
  const auto t = decode_task(R"({"ID":"t1","ServiceID":"s1","DesiredState":"shutdown","Status":{"State":"rejected","Err":"No such image: a:b"}})");
  REQUIRE(t.has_value());
  CHECK(t->error == "No such image: a:b");
  const auto long_one = decode_task(R"({"ID":"t1","Status":{"State":"failed","Err":")" + std::string(5'000, 'x') + R"("}})");
  REQUIRE(long_one.has_value());
  CHECK(long_one->error.view().size() == 500);
}

TEST_CASE("when a service was created, to the nanosecond", "[unit][discovery][docker]") {
  const auto created = [](const std::string& text) {
    return decode_service(R"({"ID":"a","CreatedAt":")" + text + R"(","Spec":{"Name":"x"}})")->created_ns;
  };
  CHECK(created("1970-01-01T00:00:01Z") == 1'000'000'000);
  CHECK(created("2026-12-01T11:23:21.123456789Z") == 1'796'124'201'123'456'789);
  CHECK(created("2026-12-01T11:23:21.5Z") == 1'796'124'201'500'000'000);
  CHECK(created("2024-02-29T23:59:60Z") == created("2024-03-01T00:00:00Z"));
  for (const char* none : {"", "yesterday", "2026-12-01T11:23:21", "2026-12-01T11:23:21+01:00", "2026-13-01T11:23:21Z", "2026-12-01 11:23:21Z",
                           "2026-12-01T11:23:21.Zx"})
    CHECK(created(none) == 0);
}
