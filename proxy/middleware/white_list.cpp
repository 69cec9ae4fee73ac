// whiteList.sourceRange: only clients from these ranges. With useXForwardedFor any address in a trusted peer's X-Forwarded-For
// suffices (Traefik 1.7 section 8.3), so that option is only as good as what stands in front.
#include "middleware/forwarded_address.hpp"
#include "middleware/registry.hpp"

namespace waggle::proxy::middleware {
namespace {

class white_list final : public guard {
 public:
  const char* told_as() const noexcept override { return "ipwhitelister for "; }
  white_list(io::ip_ranges ranges, bool use_forwarded) : ranges_(std::move(ranges)), use_forwarded_(use_forwarded) {}

  std::optional<local_answer> check(const request_info& request, request_edits&) const override {
    if (ranges_.contains(request.peer_ip)) return std::nullopt;
    if (use_forwarded_ && request.trusted) {  // a stranger may write what it likes there
      bool listed = false;
      for (std::size_t i = 0; i < request.head.fields.size(); ++i) {
        if (request.head.fields.id(i) != http::field_id::x_forwarded_for) continue;
        http::for_each_member(request.head.fields[i].value, [&](std::string_view member) {
          io::ip_bytes ip;
          listed = listed || (parse_forwarded_address(member, ip) && ranges_.contains(ip));
        });
      }
      if (listed) return std::nullopt;
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

base::explained_result<void> build_white_list(const model::frontend& f, const model::backend&, const build_context& with, chain& out) {
  if (!f.options.white_list) return {};
  auto ranges = io::ip_ranges::parse(f.options.white_list->source_range);
  if (!ranges) return base::explained{complaint(f.options.white_list->source_range, with.opts.compat_traefik1)};
  if (ranges->empty()) return base::explained{"error creating IP Whitelister: parsing CIDR whitelist []: no white list provided"};
  out.guards.push_back(std::make_unique<white_list>(std::move(*ranges), f.options.white_list->use_x_forwarded_for));
  return {};
}

}  // namespace waggle::proxy::middleware
