// Waiting for a condition with a deadline: the only way tests wait. WAGGLE_TEST_SLOWNESS scales it on slow machines.
#pragma once

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

}  // namespace waggle::test
