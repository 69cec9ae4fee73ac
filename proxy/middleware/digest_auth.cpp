// auth.digest (RFC 7616 with MD5 and qop=auth, as Traefik 1.7 offers it). The nonce count is not tracked: that would need a
// table shared by workers and replicas, and what it guards against (somebody on the wire sends the same request again
// within the nonce's life) TLS guards against better. A nonce lives five minutes; then a right password gets `stale=true`.
#include "middleware/auth.hpp"
#include "middleware/credentials.hpp"
#include "middleware/password.hpp"
#include "middleware/users.hpp"

#include <memory>
#include <utility>

namespace waggle::proxy::middleware {
namespace {

constexpr io::time_ms nonce_life = 300'000;

class digest_auth final : public step {
 public:
  digest_auth(const model::auth& options, user_map users) : options_(options), users_(std::move(users)) {}

  step_result on_request(const request_info& about, http::request& request) const override {
    const auto sent = parse_digest(request.credentials);
    if (!sent || has_rival_credentials(about) || sent->realm != realm || sent->qop != "auth" || sent->uri != request.target ||
        !(sent->algorithm.empty() || http::iequals(sent->algorithm, "MD5")))
      return refuse(request, about.now, false);
    const auto user = users_.find(sent->name + ":" + std::string(realm));
    // An unknown name is reckoned like a known one: the time does not tell who exists.
    const std::string_view secret = user == users_.end() ? std::string_view("00000000000000000000000000000000") : user->second;
    const std::string right = digest_response(*sent, secret, request.method);
    const bool good = !right.empty() && equal_bytes(right, sent->response) && user != users_.end();
    if (!good) return refuse(request, about.now, false);
    const auto made = read_nonce(sent->nonce);
    if (!made || about.now > *made + nonce_life) return refuse(request, about.now, true);
    return announce_user(options_, options_.digest->remove_header, sent->name, request);
  }

 private:
  local_answer refuse(http::request& request, io::time_ms now, bool stale) const {
    withhold_user(options_, request);
    return challenge(now, stale);
  }
  static local_answer challenge(io::time_ms now, bool stale) {
    return unauthorized("Digest realm=\"" + std::string(realm) + "\", nonce=\"" + make_nonce(now) + "\", opaque=\"" + std::string(realm) +
                        "\", algorithm=\"MD5\", qop=\"auth\"" + (stale ? ", stale=true" : ""));
  }
  model::auth options_;
  user_map users_;
};

}  // namespace

built_step make_digest_auth(const model::auth& options) {
  auto users = digest_users(*options.digest);
  if (!users) return users.error();
  return std::unique_ptr<const step>(std::make_unique<digest_auth>(options, std::move(*users)));
}

}  // namespace waggle::proxy::middleware
