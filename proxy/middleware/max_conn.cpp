// backend.maxConn: so many requests in progress for each value of the extractor (Traefik 1.7 section 7.6). Only values with
// requests in progress are held.
#include "middleware/extractor.hpp"
#include "middleware/registry.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace waggle::proxy::middleware {
namespace {

constexpr std::size_t connection_shards = 16;

class max_conn final : public limit {
 public:
  max_conn(extractor e, std::int64_t amount) : extractor_(std::move(e)), amount_(amount) {}

  std::string key(const request_info& about) const override { return extractor_(about); }

  std::optional<local_answer> admit(const std::string& key, io::time_ms) override {
    if (amount_ > 0) {
      shard& s = shard_of(key);
      const std::lock_guard lock(s.mutex);
      std::int64_t& running = s.running[key];
      if (running < amount_) {
        ++running;
        return std::nullopt;
      }
    }
    return local_answer{429, {}, "max connections reached: " + std::to_string(amount_)};  // negative: everything
  }

  void finished(const std::string& key, const outcome&) override {
    shard& s = shard_of(key);
    const std::lock_guard lock(s.mutex);
    const auto it = s.running.find(key);
    if (it != s.running.end() && --it->second == 0) s.running.erase(it);
  }

 private:
  struct shard {
    std::mutex mutex;
    std::map<std::string, std::int64_t> running;
  };
  shard& shard_of(const std::string& key) { return shards_[std::hash<std::string>{}(key) % connection_shards]; }

  const extractor extractor_;
  const std::int64_t amount_;
  std::array<shard, connection_shards> shards_;
};

}  // namespace

base::text_result<void> build_max_conn(const model::max_conn& options, const model::router& router, const build_context& context, chain& out) {
  if (options.amount == 0) return {};
  auto by = extractor::parse(options.extractor_func);
  if (!by) return base::text_error{"error creating connection limit: " + by.error().reason};
  const std::string text = options.extractor_func + "|" + std::to_string(options.amount);
  add_limit(out, context.limits, context.provider + "/" + router.service + "/connections/" + text, text, "connection limit for ",
            [&] { return std::make_shared<max_conn>(*by, options.amount); });
  return {};
}

}  // namespace waggle::proxy::middleware
