// Opaque cookie values: what they depend on, and that replicas with one key agree.
#include "affinity/opaque.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::proxy;

TEST_CASE("the slot is who keeps a server's place", "[unit][proxy][affinity]") {
  CHECK(affinity::slot_of({"svc", "web", "task", 3, "node", ""}) == "svc/3");
  CHECK(affinity::slot_of({"svc", "web", "other", 3, "elsewhere", ""}) == "svc/3");
  CHECK(affinity::slot_of({"svc", "web", "task", 0, "node", ""}) == "svc/@node");  // global
  CHECK(affinity::slot_of({"svc", "web", "task", 0, "", ""}).empty());
  CHECK(affinity::slot_of({"svc", "web", "", 0, "", ""}).empty());  // behind a virtual address
  CHECK(affinity::slot_of({}).empty());                             // of a file
}

TEST_CASE("an opaque value depends on key and slot, or URL", "[unit][proxy][affinity]") {
  const affinity::opaque_key one("0123456789abcdef"), same("0123456789abcdef"), other("0123456789abcdeg"), random(""), random_too("");
  CHECK(one.shared());
  CHECK_FALSE(random.shared());
  const std::string value = one.value_of("svc/3", "http://10.0.0.5:80");
  // printf 'waggle sticky 1\0slot svc/3' | openssl dgst -sha256 -hmac 0123456789abcdef | cut -c1-32
  CHECK(value == "ec0152d452903c5b396a0b73ba20fa2b");
  CHECK(value.size() == affinity::opaque_key::value_size);
  CHECK(value.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(same.value_of("svc/3", "http://10.0.0.9:80") == value);  // the next task of the slot, another replica
  CHECK(one.value_of("svc/4", "http://10.0.0.5:80") != value);
  CHECK(one.value_of("svc2/3", "http://10.0.0.5:80") != value);
  CHECK(other.value_of("svc/3", "http://10.0.0.5:80") != value);
  CHECK(random.value_of("svc/3", "") != random_too.value_of("svc/3", ""));
  CHECK(one.value_of("", "http://10.0.0.5:80") != one.value_of("", "http://10.0.0.6:80"));
  CHECK(one.value_of("", "x") != one.value_of("x", ""));
}

TEST_CASE("values are compared whole", "[unit][proxy][affinity]") {
  CHECK(affinity::same_value("abc", "abc"));
  CHECK_FALSE(affinity::same_value("abc", "abd"));
  CHECK_FALSE(affinity::same_value("abc", "abcd"));
  CHECK_FALSE(affinity::same_value("", "a"));
}
