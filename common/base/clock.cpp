#include <waggle/base/clock.hpp>

#include <ctime>

namespace waggle::base {

mono_time now() noexcept { return mono_clock::now(); }

std::int64_t wall_nanoseconds() noexcept {
  return std::chrono::duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string wall_rfc3339() {
  const std::time_t t = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm tm{};
  gmtime_r(&t, &tm);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm)};
}

}  // namespace waggle::base
