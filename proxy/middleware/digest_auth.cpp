// auth.digest (RFC 7616 with MD5 and qop=auth, as Traefik 1.7 offers it). The nonce count is not tracked: that would need a
// table shared by workers and replicas, and what it guards against (somebody on the wire sends the same request again
// within the nonce's life) TLS guards against better. A nonce lives five minutes; then a right password gets `stale=true`.
#include "middleware/auth.hpp"
#include "middleware/credentials.hpp"
#include "middleware/password.hpp"
#include "middleware/users.hpp"

namespace waggle::proxy::middleware {
namespace {

constexpr io::time_ms nonce_life = 300'000;

class digest_auth final : public guard {
 public:
  const char* told_as() const noexcept override { return "Auth for "; }
  digest_auth(const model::auth& options, user_map users) : options_(options), users_(std::move(users)) {}

  std::optional<local_answer> check(const request_info& request, request_edits& edits) const override {
    const auto sent = parse_digest(field(request, "Authorization"));
    if (!sent || has_rival_credentials(request) || sent->realm != realm || sent->qop != "auth" || sent->uri != request.target ||
        !(sent->algorithm.empty() || http::iequals(sent->algorithm, "MD5")))
      return refuse(edits, request.now, false);
    const auto user = users_.find(sent->name + ":" + std::string(realm));
    // An unknown name is reckoned like a known one: the time does not tell who exists.
    const std::string_view secret = user == users_.end() ? std::string_view("00000000000000000000000000000000") : user->second;
    const std::string right = digest_response(*sent, secret, request.head.method);
    const bool good = !right.empty() && equal_bytes(right, sent->response) && user != users_.end();
    if (!good) return refuse(edits, request.now, false);
    const auto made = read_nonce(sent->nonce);
    if (!made || request.now > *made + nonce_life) return refuse(edits, request.now, true);
    announce_user(options_, options_.digest->remove_header, sent->name, edits);
    return std::nullopt;
  }

 private:
  local_answer refuse(request_edits& edits, io::time_ms now, bool stale) const {
    withhold_user(options_, edits);
    return challenge(now, stale);
  }
  static local_answer challenge(io::time_ms now, bool stale) {
    return unauthorized("Digest realm=\"" + std::string(realm) + "\", nonce=\"" + make_nonce(now) +
                        "\", opaque=\"" + std::string(realm) + "\", algorithm=\"MD5\", qop=\"auth\"" + (stale ? ", stale=true" : ""));
  }
  model::auth options_;
  user_map users_;
};

}  // namespace

built_guard make_digest_auth(const model::auth& options, const build_context&) {
  auto users = digest_users(*options.digest);
  if (!users) return users.error();
  return std::unique_ptr<const guard>(std::make_unique<digest_auth>(options, std::move(*users)));
}

}  // namespace waggle::proxy::middleware
