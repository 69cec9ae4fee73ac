#include "worker/memory.hpp"

#include "catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace waggle::proxy;

namespace {

/// A cgroup tree of a few files in a directory of its own.
struct groups {
  std::filesystem::path at;
  groups() {
    char name[] = "/tmp/waggle-groups-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    at = name;
  }
  ~groups() { std::filesystem::remove_all(at); }
  void put(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((at / file).parent_path());
    std::ofstream(at / file) << text;
  }
  std::size_t limit() const { return memory_limit((at / "fs").string(), (at / "self").string()); }
};

}  // namespace

TEST_CASE("the limit of memory is that of the cgroup and of those above it", "[unit][proxy][worker][memory]") {
  groups g;
  CHECK(g.limit() == 0);  // no cgroups at all
  SECTION("version 2, in a container: the own group is the root") {
    g.put("self", "0::/\n");
    g.put("fs/memory.max", "67108864\n");
    CHECK(g.limit() == 67'108'864);
    g.put("fs/memory.max", "max\n");
    CHECK(g.limit() == 0);
  }
  SECTION("version 2, on a host: whatever is least on the way up") {
    g.put("self", "0::/system.slice/waggle.service\n");
    g.put("fs/system.slice/waggle.service/memory.max", "max\n");
    CHECK(g.limit() == 0);
    g.put("fs/system.slice/memory.max", "500000000\n");
    CHECK(g.limit() == 500'000'000);
    g.put("fs/system.slice/waggle.service/memory.max", "400000000\n");
    CHECK(g.limit() == 400'000'000);
    g.put("fs/system.slice/waggle.service/memory.max", "600000000\n");
    CHECK(g.limit() == 500'000'000);
  }
  SECTION("version 1") {
    g.put("self", "12:pids:/x\n9:cpu,memory:/docker/abc\n1:name=systemd:/y\n");
    g.put("fs/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n");  // its way to say none
    CHECK(g.limit() == 0);
    g.put("fs/memory/docker/abc/memory.limit_in_bytes", "67108864\n");
    CHECK(g.limit() == 67'108'864);
  }
  SECTION("lines that are wrong, or lead out of what can be seen") {
    for (const char* text : {"", "0", "0:", "0::", "0::no-path\n", "0::/../../other\n", "::::\n"}) {
      g.put("self", text);
      CHECK(g.limit() == 0);
    }
  }
  CHECK(resident_memory() > 1'000'000);
}

TEST_CASE("pressure begins at 80 and at 90 percent of the room", "[unit][proxy][worker][memory]") {
  CHECK(pressure_of(1'000'000, 0) == pressure::none);
  CHECK(pressure_of(799, 1'000) == pressure::none);
  CHECK(pressure_of(800, 1'000) == pressure::tight);
  CHECK(pressure_of(899, 1'000) == pressure::tight);
  CHECK(pressure_of(900, 1'000) == pressure::full);
  CHECK(pressure_of(5'000, 1'000) == pressure::full);
}

TEST_CASE("memory of the group: what cannot be taken back, with sockets", "[unit][proxy][worker][memory]") {
  const groups g;
  const auto held = [&] { return group_memory((g.at / "fs").string(), (g.at / "self").string()); };
  CHECK(held() == 0);
  g.put("self", "0::/a\n");
  g.put("fs/memory.stat", "anon 1000\nfile 500000\nsock 200\nslab_reclaimable 7000\nslab_unreclaimable 30\nkernel_stack 4\n");
  CHECK(held() == 1'234);  // in a container: the own group is not there under its name
  g.put("fs/a/memory.stat", "anon 1\nsock 2\ninactive_file 100\n");
  CHECK(held() == 3);
}
