#include "middleware/circuit_breaker.hpp"

#include "middleware/registry.hpp"

#include <memory>

namespace waggle::proxy::middleware {
namespace {

using type = predicate_function::type;
enum : std::size_t { network_error_ratio, response_code_ratio, latency_at_quantile };

/// Answers the expression from the windows.
class figures final : public predicate::source {
 public:
  figures(const traffic_window& traffic, io::time_ms now) : traffic_(traffic), now_(now) {}
  predicate_value value(std::size_t function, std::span<const predicate_value> a) const override {
    const auto number = [&](std::size_t i) { return std::get<std::int64_t>(a[i]); };
    if (function == network_error_ratio) return traffic_.network_error_ratio(now_);
    if (function == response_code_ratio) return traffic_.code_ratio(now_, number(0), number(1), number(2), number(3));
    return traffic_.latency_at(now_, std::get<double>(a[0]));
  }

 private:
  const traffic_window& traffic_;
  io::time_ms now_;
};

}  // namespace

std::span<const predicate_function> breaker_functions() noexcept {
  static const predicate_function functions[] = {
      {"NetworkErrorRatio", type::real, {}},
      {"ResponseCodeRatio", type::real, {type::integer, type::integer, type::integer, type::integer}},
      {"LatencyAtQuantileMS", type::integer, {type::real}},
  };
  return functions;
}

std::optional<local_answer> circuit_breaker::admit(const std::string&, io::time_ms now) {
  if (state_.load(std::memory_order_relaxed) == state::standby) return std::nullopt;
  const local_answer refusal{503, {}, "Service Unavailable"};
  const std::lock_guard lock(mutex_);
  if (state_ == state::standby) return std::nullopt;
  if (state_ == state::tripped) {
    if (now < until_) return refusal;
    state_ = state::recovering;
    since_ = now;
    until_ = now + recovering_for;
    allowed_ = denied_ = 0;
  }
  if (now > until_) {
    state_ = state::standby;
    return std::nullopt;
  }
  // The share that may pass grows from nothing to one half, so a server that just came back is not run over.
  const double share = 0.5 * static_cast<double>(now - since_) / static_cast<double>(recovering_for);
  if (static_cast<double>(allowed_ + 1) / static_cast<double>(allowed_ + 1 + denied_) < share) {
    ++allowed_;
    return std::nullopt;
  }
  ++denied_;
  return refusal;
}

void circuit_breaker::finished(const std::string&, const outcome& result) {
  if (result.status == 0) return;  // the client left before there was an answer
  const std::lock_guard lock(mutex_);
  traffic_.record(result.now, result.status, result.took);
  if (result.now < next_check_) return;
  next_check_ = result.now + check_every;
  if (state_ == state::tripped || !when_.holds(figures(traffic_, result.now))) return;
  state_ = state::tripped;
  until_ = result.now + tripped_for;
  traffic_.clear();
}

base::text_result<void> build_circuit_breaker(const model::circuit_breaker& options, const model::router& router, const build_context& context,
                                              chain& out) {
  const std::string& text = options.expression;
  auto when = predicate::parse(text, breaker_functions());
  if (!when) return base::text_error{"error creating circuit breaker: " + when.error().reason};
  add_limit(out, context.limits, context.provider + "/" + router.service + "/breaker/" + text, text, nullptr,
            [&] { return std::make_shared<circuit_breaker>(*when); });
  return {};
}

}  // namespace waggle::proxy::middleware
