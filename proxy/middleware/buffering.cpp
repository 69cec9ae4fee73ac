#include "middleware/buffering.hpp"

#include <span>
#include <string>
#include <utility>

namespace waggle::proxy::middleware {
namespace {

using type = predicate_function::type;

const predicate_function functions[] = {
    {"IsNetworkError", type::truth, {}},
    {"Attempts", type::integer, {}},
    {"ResponseCode", type::integer, {}},
    {"RequestMethod", type::text, {}},
};

struct attempt_source final : predicate::source {
  unsigned attempts, status;
  bool network_error;
  std::string_view method;
  attempt_source(unsigned a, unsigned s, bool n, std::string_view m) : attempts(a), status(s), network_error(n), method(m) {}
  predicate_value value(std::size_t function, std::span<const predicate_value>) const override {
    switch (function) {
      case 0: return network_error;
      case 1: return static_cast<std::int64_t>(attempts);
      case 2: return static_cast<std::int64_t>(status);
      default: return std::string(method);
    }
  }
};

}  // namespace

bool buffering::wants_retry(unsigned attempts, unsigned status, bool network_error, std::string_view method) const {
  return retry && attempts <= most_retries && retry->holds(attempt_source(attempts, status, network_error, method));
}

base::text_result<std::unique_ptr<const buffering>> make_buffering(const model::buffering& wish) {
  const auto failed = [](const std::string& why) { return base::text_error{"error setting up buffering middleware: " + why}; };
  for (const std::int64_t mem : {wish.mem_request_body_bytes, wish.mem_response_body_bytes})
    if (mem < 0) return failed("mem bytes should be >= 0 got " + std::to_string(mem));
  for (const std::int64_t max : {wish.max_request_body_bytes, wish.max_response_body_bytes})
    if (max < 0) return failed("max bytes should be >= 0 got " + std::to_string(max));
  auto made = std::make_unique<buffering>();
  made->max_request = static_cast<std::uint64_t>(wish.max_request_body_bytes);
  made->max_response = static_cast<std::uint64_t>(wish.max_response_body_bytes);
  made->mem_request = static_cast<std::uint64_t>(wish.mem_request_body_bytes);
  made->mem_response = static_cast<std::uint64_t>(wish.mem_response_body_bytes);
  if (!wish.retry_expression.empty()) {
    auto expression = predicate::parse(wish.retry_expression, functions);
    if (!expression) return failed(expression.error().reason);
    made->retry = std::move(*expression);
  }
  return std::unique_ptr<const buffering>(std::move(made));
}

}  // namespace waggle::proxy::middleware
