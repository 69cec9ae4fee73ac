// whiteList.sourceRange: only clients from these ranges. With useXForwardedFor any address in a trusted peer's X-Forwarded-For
// suffices (Traefik 1.7 section 8.3), so that option is only as good as what stands in front.
#include "middleware/forwarded_address.hpp"
#include "middleware/registry.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace waggle::proxy::middleware {
namespace {

class white_list final : public step {
 public:
  white_list(io::ip_ranges ranges, bool use_forwarded) : ranges_(std::move(ranges)), use_forwarded_(use_forwarded) {}

  step_result on_request(const request_info& about, http::request&) const override {
    if (ranges_.contains(about.peer_ip)) return passed{};
    if (use_forwarded_ && about.trusted) {  // a stranger may write what it likes there
      bool listed = false;
      for (const http::field& f : about.request.fields.all()) {
        if (f.id != http::field_id::x_forwarded_for) continue;
        http::for_each_member(f.value, [&](std::string_view member) {
          io::ip_bytes ip;
          listed = listed || (parse_forwarded_address(member, ip) && ranges_.contains(ip));
        });
      }
      if (listed) return passed{};
    }
    return local_answer{403, {}, "Forbidden"};
  }

 private:
  io::ip_ranges ranges_;
  bool use_forwarded_;
};

/// In compat mode Traefik 1.7's words for the first bad entry, with the "<nil>" of its error that is none.
std::string complaint(const std::vector<std::string>& entries, bool traefik1) {
  std::string all, bad;
  for (const std::string& one : entries) {
    all += (all.empty() ? "" : " ") + one;
    if (bad.empty() && io::ip_ranges::parse({one}).has_error()) bad = one;
  }
  const std::string which = "error creating IP Whitelister: parsing CIDR whitelist [" + all + "]: ";
  return which + (traefik1 ? "parsing CIDR white list <nil>: " : "") + "invalid CIDR address: " + bad;
}

}  // namespace

built_step make_white_list(const model::white_list& options, const step_context& context) {
  auto ranges = io::ip_ranges::parse(options.source_range);
  if (!ranges) return base::text_error{complaint(options.source_range, context.opts.compat_traefik1)};
  if (ranges->empty()) return base::text_error{"error creating IP Whitelister: parsing CIDR whitelist []: no white list provided"};
  return std::unique_ptr<const step>(std::make_unique<white_list>(std::move(*ranges), options.use_x_forwarded_for));
}

}  // namespace waggle::proxy::middleware
