// The sink against outputs that take nothing, fail, or go away. Pipes and small files only.
#include "process/log_sink.hpp"

#include "temporary_dir.hpp"

#include "catch.hpp"
#include "deadline.hpp"

#include <waggle/base/clock.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

using namespace waggle::app;
using Catch::Matchers::Contains;
using std::chrono::milliseconds;
using waggle::base::log_level;

namespace {

struct pipe_pair {
  pipe_pair() {
    signal(SIGPIPE, SIG_IGN);  // as the program does
    REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
  }
  ~pipe_pair() {
    close_reader();
    close(ends[1]);
  }
  void close_reader() {
    if (ends[0] >= 0) close(ends[0]);
    ends[0] = -1;
  }
  /// Fills it to the last byte, without changing the mode of the end that the sink is given.
  void fill() const {
    const int own = open(("/proc/self/fd/" + std::to_string(ends[1])).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(own >= 0);
    while (write(own, "................................................................", 64) > 0) {
    }
    while (write(own, ".", 1) > 0) {
    }
    close(own);
  }
  /// Reads until `text` has come, or nothing does for ten seconds.
  std::string read_until(const std::string& text) const {
    std::string all;
    std::array<char, 65536> part{};
    while (all.find(text) == std::string::npos) {
      pollfd ready{ends[0], POLLIN, 0};
      if (poll(&ready, 1, 10'000) != 1) break;
      const ssize_t n = read(ends[0], part.data(), part.size());
      if (n <= 0) break;
      all.append(part.data(), static_cast<std::size_t>(n));
    }
    return all;
  }
  std::array<int, 2> ends{-1, -1};
};

std::string content(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

bool wait_for_content(const std::string& file, const std::string& text) {
  for (const auto until = waggle::base::now() + std::chrono::seconds{10}; waggle::base::now() < until;) {
    if (content(file) == text) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace

TEST_CASE("lines of many threads arrive whole", "[unit][app][log_sink]") {
  temporary_dir dir;
  const std::string file = dir.path() + "/log";
  {
    async_log_sink sink({.file = file});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 1'000; ++i) sink.write(log_level::info, "thread " + std::to_string(t) + " line\n");
      });
    for (std::thread& t : threads) t.join();
    CHECK(sink.close(milliseconds{10'000}));
    CHECK(sink.lost() == 0);
  }
  std::istringstream lines(content(file));
  std::array<int, 4> seen{};
  for (std::string line; std::getline(lines, line);) {
    REQUIRE(line.size() == 13);
    ++seen.at(static_cast<std::size_t>(line[7] - '0'));
  }
  CHECK(seen == std::array<int, 4>{1'000, 1'000, 1'000, 1'000});
}

TEST_CASE("a full pipe neither holds up who logs nor the exit", "[unit][app][log_sink]") {
  pipe_pair pipe;
  pipe.fill();
  const auto begin = waggle::base::now();
  {
    async_log_sink sink({.descriptor = pipe.ends[1], .capacity_bytes = 1'000});
    for (int i = 0; i < 10'000; ++i) sink.write(log_level::info, "0123456789\n");
    CHECK(sink.lost() >= 9'900 - 90);
    CHECK_FALSE(sink.close(milliseconds{50}));
  }
  CHECK(waggle::base::now() - begin < std::chrono::seconds{5});
}

TEST_CASE("the mode of a shared standard output is left alone", "[unit][app][log_sink]") {
  pipe_pair pipe;
  async_log_sink sink({.descriptor = pipe.ends[1]});
  sink.write(log_level::info, "line\n");
  CHECK(pipe.read_until("line\n") == "line\n");
  CHECK((fcntl(pipe.ends[1], F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("what was lost is told once there is room, where it was lost", "[unit][app][log_sink]") {
  pipe_pair pipe;
  pipe.fill();
  async_log_sink sink({.descriptor = pipe.ends[1], .capacity_bytes = 100});
  for (int i = 0; i < 50; ++i) sink.write(log_level::info, "early line\n");
  const auto lost = sink.lost();
  REQUIRE(lost > 0);
  const std::string notice = "level=warning msg=\"" + std::to_string(lost) + " log lines lost\"\n";
  const std::string text = pipe.read_until(notice);
  CHECK_THAT(text, Contains("early line\n"));
  CHECK_THAT(text, Contains(notice));
  // What was read a moment ago may still be counted: there is room for a line once the writer has looked.
  REQUIRE(waggle::test::eventually([&] {
    const auto before = sink.lost();
    sink.write(log_level::info, "late line\n");
    return sink.lost() == before;
  }));
  CHECK_THAT(pipe.read_until("late line\n"), Contains("late line\n"));
}

TEST_CASE("a closed standard output is not fatal", "[unit][app][log_sink]") {
  pipe_pair pipe;
  async_log_sink sink({.descriptor = pipe.ends[1], .capacity_bytes = 100, .retry = milliseconds{1}});
  pipe.close_reader();
  for (int i = 0; i < 100; ++i) sink.write(log_level::info, "into the void\n");
  CHECK_FALSE(sink.close(milliseconds{20}));
}

TEST_CASE("a descriptor that is not open is not fatal", "[unit][app][log_sink]") {
  async_log_sink sink({.descriptor = 987'654, .retry = milliseconds{1}});
  sink.write(log_level::info, "line\n");
  CHECK_FALSE(sink.close(milliseconds{20}));
}

TEST_CASE("a socket as standard output", "[unit][app][log_sink]") {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  {
    async_log_sink sink({.descriptor = ends[1]});
    sink.write(log_level::info, "line\n");
    CHECK(sink.close(milliseconds{10'000}));
    std::array<char, 16> got{};
    CHECK(recv(ends[0], got.data(), got.size(), MSG_DONTWAIT) == 5);
  }
  {
    async_log_sink sink({.descriptor = ends[1], .capacity_bytes = 8 * 1024 * 1024});
    for (int i = 0; i < 1'000; ++i) sink.write(log_level::info, std::string(4'096, '.'));
    CHECK_FALSE(sink.close(milliseconds{50}));  // nobody reads
  }
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a full disk loses nothing that fits once there is room", "[unit][app][log_sink]") {
  temporary_dir dir;
  const std::string file = dir.path() + "/log", target = dir.path() + "/target";
  REQUIRE(symlink("/dev/full", file.c_str()) == 0);
  async_log_sink sink({.file = file});
  sink.write(log_level::info, "kept\n");
  REQUIRE(symlink(target.c_str(), (file + ".new").c_str()) == 0);
  std::filesystem::rename(file + ".new", file);  // in one step: the sink may open it at any moment
  sink.reopen();                                 // does not wait for the next try, five seconds later
  CHECK(wait_for_content(target, "kept\n"));
  CHECK(sink.close(milliseconds{10'000}));
}

TEST_CASE("a full disk does not hold up the exit", "[unit][app][log_sink]") {
  async_log_sink sink({.file = "/dev/full", .capacity_bytes = 1'000});
  for (int i = 0; i < 1'000; ++i) sink.write(log_level::info, "0123456789\n");
  CHECK(sink.lost() > 0);
  const auto begin = waggle::base::now();
  CHECK_FALSE(sink.close(milliseconds{50}));
  CHECK(waggle::base::now() - begin < std::chrono::seconds{2});
}

TEST_CASE("the output is tried again by itself", "[unit][app][log_sink]") {
  temporary_dir dir;
  const std::string below = dir.path() + "/later", file = below + "/log";
  async_log_sink sink({.file = file, .retry = milliseconds{5}});
  sink.write(log_level::info, "line\n");
  REQUIRE(std::filesystem::create_directory(below));
  CHECK(wait_for_content(file, "line\n"));
}

TEST_CASE("reopening follows a renamed file", "[unit][app][log_sink]") {
  temporary_dir dir;
  const std::string file = dir.path() + "/log", old = dir.path() + "/log.1";
  async_log_sink sink({.file = file});
  sink.write(log_level::info, "one\n");
  REQUIRE(wait_for_content(file, "one\n"));
  std::filesystem::rename(file, old);
  sink.reopen();
  sink.write(log_level::info, "two\n");
  CHECK(sink.close(milliseconds{10'000}));
  CHECK(content(old) == "one\n");
  CHECK(content(file) == "two\n");
}
