#include "admin/views.hpp"

#include "admin/live_report.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace waggle::app::admin {
namespace {

/// One who watches; all together keep the picture.
class viewer final : public event_source {
 public:
  explicit viewer(std::shared_ptr<live_report> shared) : shared_(std::move(shared)) {}

  std::string next() override {
    const std::uint64_t now = shared_->look();
    std::string out = "data: " + shared_->news_since(seen_) + "\n\n";
    seen_ = now;
    return out;
  }

 private:
  const std::shared_ptr<live_report> shared_;
  std::uint64_t seen_ = 0;
};

}  // namespace

response overview(const sources& from, names) {
  live_report once(from);
  once.look();
  return {.status = 200, .content_type = "application/json; charset=UTF-8", .body = once.news_since(0)};
}

response events(const sources& from, names) {
  auto shared = from.watched->lock();
  if (!shared) *from.watched = shared = std::make_shared<live_report>(from);
  response out{.status = 200, .content_type = "text/event-stream"};
  out.events = std::make_shared<viewer>(std::move(shared));
  return out;
}

}  // namespace waggle::app::admin
