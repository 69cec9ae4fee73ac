#include <waggle/http/field.hpp>

#include "catch.hpp"

#include <string>
#include <vector>

using namespace waggle::http;

TEST_CASE("names are compared without ASCII case, and no other", "[unit][common][http]") {
  CHECK(iequals("Content-Length", "cONTENT-lENGTH"));
  CHECK(iequals("", ""));
  CHECK_FALSE(iequals("a", "ab"));
  CHECK_FALSE(iequals("[", "{"));  // neighbours of letters, 0x20 apart
  CHECK_FALSE(iequals("@", "`"));
  CHECK_FALSE(iequals("\xc4", "\xe4"));
}

TEST_CASE("optional white space is blanks and tabs", "[unit][common][http]") {
  CHECK(trim_ows(" \t a b\t ") == "a b");
  CHECK(trim_ows("\r\na") == "\r\na");
  CHECK(trim_ows(" \t ") == "");
  CHECK(trim_ows("") == "");
}

TEST_CASE("list members, empty ones left out", "[unit][common][http]") {
  const auto members = [](std::string_view list) {
    std::vector<std::string> out;
    for_each_member(list, [&](std::string_view m) { out.emplace_back(m); });
    return out;
  };
  CHECK(members("") == std::vector<std::string>{});
  CHECK(members(",, ,\t") == std::vector<std::string>{});
  CHECK(members("a") == std::vector<std::string>{"a"});
  CHECK(members(" a ,b,, c d ,") == std::vector<std::string>{"a", "b", "c d"});
}
