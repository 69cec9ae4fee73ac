// rateLimit: token buckets for each value of the extractor (Traefik 1.7 section 7.6). 65,536 values are kept; beyond that
// the one that was seen longest ago is forgotten, which at worst gives it a full bucket again.
#include "middleware/extractor.hpp"
#include "middleware/registry.hpp"
#include "middleware/token_bucket.hpp"

#include <waggle/base/duration.hpp>

#include <array>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace waggle::proxy::middleware {
namespace {

constexpr std::size_t rate_shards = 16, values_per_shard = 65'536 / rate_shards;
constexpr std::int64_t ns_per_ms = 1'000'000, ns_per_s = 1'000'000'000;

/// Nanoseconds in whole seconds, halves to even, as Go's "%.0f".
std::int64_t whole_seconds(std::int64_t ns) {
  const std::int64_t whole = ns / ns_per_s, rest = ns % ns_per_s;
  return rest * 2 > ns_per_s || (rest * 2 == ns_per_s && whole % 2 == 1) ? whole + 1 : whole;
}

class rate_limit final : public limit {
 public:
  rate_limit(extractor e, std::vector<token_rate> rates) : extractor_(std::move(e)), rates_(std::move(rates)) {}

  std::string key(const request_info& about) const override { return extractor_(about); }

  std::optional<local_answer> admit(const std::string& key, io::time_ms now) override {
    const std::int64_t wait = take(key, static_cast<std::int64_t>(now) * ns_per_ms);
    if (wait == 0) return std::nullopt;
    const std::string text = base::format_go_duration(wait);
    return local_answer{429, "Retry-After: " + std::to_string(whole_seconds(wait)) + "\r\nX-Retry-In: " + text + "\r\n",
                        "max rate reached: retry-in " + text};
  }
  void finished(const std::string&, const outcome&) override {}

 private:
  struct value {
    bucket_set buckets;
    std::list<std::map<std::string, value>::iterator>::iterator used;
  };
  struct shard {
    std::mutex mutex;
    // Ordered: clients choose the keys, and no choice of keys makes it slow.
    std::map<std::string, value> values;
    std::list<std::map<std::string, value>::iterator> by_use;  ///< longest ago first
  };

  std::int64_t take(const std::string& key, std::int64_t now) {
    shard& s = shards_[std::hash<std::string>{}(key) % rate_shards];
    const std::lock_guard lock(s.mutex);
    auto it = s.values.find(key);
    if (it == s.values.end()) {
      if (s.values.size() >= values_per_shard) {
        s.values.erase(s.by_use.front());
        s.by_use.pop_front();
      }
      s.by_use.emplace_back();
      it = s.values.emplace(key, value{bucket_set(rates_, now), std::prev(s.by_use.end())}).first;
      s.by_use.back() = it;
    } else {
      s.by_use.splice(s.by_use.end(), s.by_use, it->second.used);
    }
    return it->second.buckets.take(rates_, now);
  }

  const extractor extractor_;
  const std::vector<token_rate> rates_;
  std::array<shard, rate_shards> shards_;
};

}  // namespace

base::text_result<void> build_rate_limit(const model::rate_limit& options, const model::router& router, const build_context& context, chain& out) {
  if (options.extractor_func.empty() || options.rate_set.empty()) return {};
  const auto failed = [](const std::string& why) { return base::text_error{"error creating rate limiter: " + why}; };
  auto by = extractor::parse(options.extractor_func);
  if (!by) return failed(by.error().reason);
  std::map<std::int64_t, token_rate> rates;  // by period: of two sets with one period one counts
  std::string text = options.extractor_func;
  for (const auto& [name, r] : options.rate_set) {
    if (r.period_ns <= 0) return failed("invalid period: " + base::format_go_duration(r.period_ns));
    if (r.average <= 0) return failed("invalid average: " + std::to_string(r.average));
    if (r.burst <= 0) return failed("invalid burst: " + std::to_string(r.burst));
    rates[r.period_ns] = {r.period_ns / r.average, r.burst};
  }
  std::vector<token_rate> list;
  for (const auto& [period, r] : rates) {
    list.push_back(r);
    text += "|" + std::to_string(period) + "," + std::to_string(r.per_token) + "," + std::to_string(r.burst);
  }
  // Routers of one service with the same limit count together, as handlers are shared in Traefik 1 (section 5.2).
  add_limit(out, context.limits, context.provider + "/" + router.service + "/rate/" + text, text, "rate limit for ",
            [&] { return std::make_shared<rate_limit>(*by, list); });
  return {};
}

}  // namespace waggle::proxy::middleware
