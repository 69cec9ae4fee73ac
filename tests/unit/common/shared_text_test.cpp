#include <catch.hpp>

#include <waggle/base/shared_text.hpp>
#include <waggle/model/parts.hpp>

#include <string>
#include <utility>

using waggle::base::shared_text;
using waggle::base::text_pool;
using waggle::model::parts;

TEST_CASE("a shared text reads like the text it was made from", "[unit][common][text]") {
  const shared_text none, one("running"), other(std::string("running"));
  CHECK(none.empty());
  CHECK(none == "");
  CHECK(one == other);
  CHECK(one == "running");
  CHECK(one != shared_text("shutdown"));
  CHECK(shared_text("a") < shared_text("b"));
  CHECK("task " + one == "task running");
  CHECK(one.substr(0, 3) == "run");
  CHECK(shared_text(std::string_view("a\0b", 3)).size() == 3);
}

TEST_CASE("copies of a shared text are the same place, and outlive the first", "[unit][common][text]") {
  shared_text last;
  {
    const shared_text first("node-1");
    last = first;
    CHECK(last.address() == first.address());
  }
  CHECK(last == "node-1");
  shared_text moved = std::move(last);
  CHECK(last.empty());
  last = moved;
  const shared_text& alias = last;
  last = alias;
  CHECK(last == "node-1");
}

TEST_CASE("a pool gives equal texts out as one", "[unit][common][text]") {
  text_pool pool;
  const auto a = pool.get("net"), b = pool.get(std::string("net"));
  CHECK(a.address() == b.address());
  CHECK(pool.get("other").address() != a.address());
  CHECK(pool.get("").empty());
}

TEST_CASE("parts are shared until one is written to", "[unit][common][parts]") {
  parts<std::string> a{"x", "y"};
  parts<std::string> b = a;
  CHECK(a == b);
  CHECK(a.held(0) == b.held(0));
  b[1] = "z";
  CHECK(a[1] == "y");
  CHECK(std::as_const(b)[1] == "z");
  CHECK(a.held(0) == b.held(0));
  CHECK(a.held(1) != b.held(1));
  CHECK_FALSE(a == b);
  for (auto& s : b) s += "!";
  CHECK(a == parts<std::string>{"x", "y"});
  b.sort([](const std::string& l, const std::string& r) { return l > r; });
  CHECK(std::as_const(b).front() == "z!");
  const parts<std::string> as_it_was = a;  // a list that is copied stays as it is, whatever becomes of the other one
  a.push_back("more");
  a[0] = "first";
  CHECK(as_it_was == parts<std::string>{"x", "y"});
  CHECK(a == parts<std::string>{"first", "y", "more"});
  a = as_it_was;
  CHECK(a == as_it_was);
  a.clear();
  CHECK(a.empty());
  CHECK(as_it_was.size() == 2);
  CHECK(a == parts<std::string>{});
  a = as_it_was;
  parts<std::string> c;
  c.share(a.held(0));
  c.emplace_back("new");
  CHECK(c.held(0) == a.held(0));
  CHECK(c.size() == 2);
  CHECK(std::as_const(c).end() - std::as_const(c).begin() == 2);
}
