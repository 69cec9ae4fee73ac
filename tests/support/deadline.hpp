// Waiting for a condition with a deadline: the only way tests wait. WAGGLE_TEST_SLOWNESS scales it on slow machines.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace waggle::test {

using namespace std::chrono_literals;
using test_clock = std::chrono::steady_clock;

/// How long anything may take before a test says that it does not happen.
inline std::chrono::milliseconds patience(std::chrono::milliseconds base = 10s) {
  static const int scale = [] {
    const char* const text = std::getenv("WAGGLE_TEST_SLOWNESS");
    const int n = text ? std::atoi(text) : 1;
    return n < 1 ? 1 : n;
  }();
  return base * scale;
}

/// Polls until `condition()` holds. @return false if it did not within the time.
template <class Condition>
bool eventually(Condition&& condition, std::chrono::milliseconds within = patience()) {
  const test_clock::time_point end = test_clock::now() + within;
  for (;;) {
    if (condition()) return true;
    if (test_clock::now() >= end) return false;
    std::this_thread::sleep_for(1ms);
  }
}

inline std::chrono::milliseconds since(test_clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(test_clock::now() - begin);
}

/// Holds whoever passes until it is opened.
struct gate {
  std::atomic<bool> open{false};
  std::atomic<int> waiting{0};
  void pass() {
    ++waiting;
    eventually([this] { return open.load(); }, patience(30s));
  }
  bool has_guest() {
    return eventually([this] { return waiting > 0; });
  }
};

/// Waits until `value()` is above zero and stays the same for a while: whoever moves it has been held back.
template <class Value>
bool comes_to_rest(Value&& value, std::chrono::milliseconds still = 200ms) {
  auto last = value();
  test_clock::time_point since = test_clock::now();
  return eventually([&] {
    const auto now = value();
    if (now != last) {
      last = now;
      since = test_clock::now();
    }
    return now > 0 && test_clock::now() - since > still;
  });
}

}  // namespace waggle::test
