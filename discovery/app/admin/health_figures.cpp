#include "admin/health_figures.hpp"

#include <fmt/format.h>

namespace waggle::app::admin {
namespace {

/// `whole` units and `rest` of `scale` parts, without zeros at the end.
std::string decimal(std::int64_t whole, std::int64_t rest, int digits) {
  std::string out = fmt::format("{}.{:0{}}", whole, rest, digits);
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out;
}

}  // namespace

status_counts status_rates::per_second(const status_counts& totals, base::mono_time now) {
  if (!last_) {
    last_ = sample{now, totals};
    return {};
  }
  const double elapsed = std::chrono::duration<double>(now - last_->at).count();
  if (elapsed < 1) return rates_;
  rates_.clear();
  for (const auto& [status, total] : totals) {
    const auto before = last_->totals.find(status);
    const std::uint64_t old = before == last_->totals.end() ? 0 : before->second;
    if (total > old) rates_[status] = static_cast<std::uint64_t>(static_cast<double>(total - old) / elapsed + 0.999'999);
  }
  last_ = sample{now, totals};
  return rates_;
}

std::string go_duration(std::chrono::nanoseconds d) {
  const std::int64_t ns = d.count();
  if (ns == 0) return "0s";
  if (ns < 0) return "-" + go_duration(-d);
  if (ns < 1'000) return fmt::format("{}ns", ns);
  if (ns < 1'000'000) return decimal(ns / 1'000, ns % 1'000, 3) + "\u00b5s";
  if (ns < 1'000'000'000) return decimal(ns / 1'000'000, ns % 1'000'000, 6) + "ms";
  const std::int64_t seconds = ns / 1'000'000'000;
  std::string out;
  if (seconds >= 3'600) out += fmt::format("{}h", seconds / 3'600);
  if (seconds >= 60) out += fmt::format("{}m", seconds / 60 % 60);
  return out + decimal(seconds % 60, ns % 1'000'000'000, 9) + "s";
}

}  // namespace waggle::app::admin
