#include "access/calendar.hpp"

#include <cstdio>
#include <cstring>
#include <ctime>

namespace waggle::proxy::access {

void calendar::look_up(std::int64_t second) {
  if (second == second_) return;
  second_ = second;
  const std::time_t t = second;
  std::tm tm{};
  gmtime_r(&t, &tm);
  // The C locale: nobody sets another one in this process.
  std::strftime(common_, sizeof common_, "%d/%b/%Y:%H:%M:%S +0000", &tm);
  std::strftime(utc_, sizeof utc_, "%Y-%m-%dT%H:%M:%S", &tm);
  localtime_r(&t, &tm);
  std::strftime(local_, sizeof local_, "%Y-%m-%dT%H:%M:%S", &tm);
  const long minutes = tm.tm_gmtoff / 60, size = minutes < 0 ? -minutes : minutes;
  if (minutes == 0) std::strcpy(offset_, "Z");
  else
    std::snprintf(offset_, sizeof offset_, "%c%02u:%02u", minutes < 0 ? '-' : '+', static_cast<unsigned>(size / 60 % 24),
                  static_cast<unsigned>(size % 60));
}

void calendar::common(line& out, std::int64_t wall_ns) {
  look_up(wall_ns / 1'000'000'000);
  out << common_;
}

void calendar::rfc3339(line& out, std::int64_t wall_ns) {
  look_up(wall_ns / 1'000'000'000);
  out << utc_ << '.';
  out.nine_digits(static_cast<unsigned>(wall_ns % 1'000'000'000)) << 'Z';
}

void calendar::local(line& out, std::int64_t wall_ns) {
  look_up(wall_ns / 1'000'000'000);
  out << local_ << '.';
  out.nine_digits(static_cast<unsigned>(wall_ns % 1'000'000'000)) << offset_;
}

}  // namespace waggle::proxy::access
