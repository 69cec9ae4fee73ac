// auth.basic (RFC 7617). bcrypt takes tens of milliseconds by design, in which a worker would serve nobody: such checks run on
// side threads, once for each user (check_cache). A flood of guesses fills its service's share of that queue, not the workers and
// not the others' shares; new log-ins of that service then wait or get 503, users that are known go on. The API has threads of its
// own, shared out by client: who guesses there holds up neither services nor other operators.
#include "middleware/auth.hpp"
#include "middleware/check_cache.hpp"
#include "middleware/credentials.hpp"
#include "middleware/deferred.hpp"
#include "middleware/password.hpp"
#include "middleware/process_key.hpp"
#include "middleware/users.hpp"

#include "io/side_threads.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace waggle::proxy::middleware {
namespace {

constexpr io::time_ms patience = 30'000;

local_answer challenge() { return unauthorized("Basic realm=\"" + std::string(realm) + "\""); }

/// One for the process, while any guard or check in flight holds it: what a user has paid for lasts when tables change. Keys
/// name the stored hash, so routes cannot take each other's results for theirs.
struct shared_state {
  check_cache cache;
  std::shared_ptr<io::side_threads> threads = io::side_threads::shared(io::side_threads::purpose::hashing);
  std::shared_ptr<io::side_threads> operators = std::make_shared<io::side_threads>();  // begun when needed

  static std::shared_ptr<shared_state> get() {
    static std::mutex mutex;
    static std::weak_ptr<shared_state> held;
    const std::lock_guard lock(mutex);
    auto one = held.lock();
    if (!one) held = one = std::make_shared<shared_state>();
    return one;
  }
};

/// Who asks, as far as one client can be told from another: its address, or the /64 that a site has (RFC 6177).
std::uint64_t owner_of_client(const io::ip_bytes& ip) noexcept {
  static constexpr std::array<std::uint8_t, 12> ipv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool mapped = std::equal(ipv4.begin(), ipv4.end(), ip.begin());
  return io::side_threads::owner_of({reinterpret_cast<const char*>(ip.data()), mapped ? ip.size() : 8});
}

/// Whose threads a check takes, and whose share of them.
struct hashing_share {
  io::side_threads& threads;
  std::uint64_t owner;
};

/// One password on the side thread.
class password_check final : public deferred_check {
 public:
  /// @param if_good, if_bad  what comes of it; the user is named to nobody before.
  password_check(std::shared_ptr<shared_state> state, hashing_share share, check_cache::key key, bool known, std::string stored, std::string password,
                 decision if_good, decision if_bad)
      : state_(std::move(state)),
        share_(share),
        work_(std::make_shared<work>(work{key, known, std::move(stored), std::move(password)})),
        if_good_(std::move(if_good)),
        if_bad_(std::move(if_bad)) {}

  io::task<decision> decide(client::context& here, io::waiter& wait, io::readiness& client) override {
    const io::time_ms now = here.loop.now();
    const auto job = [cache = std::shared_ptr<check_cache>(state_, &state_->cache), job = work_, now] { run(*cache, *job, now); };
    const io::side_threads::ticket ticket = share_.threads.submit(share_.owner, job, here.loop.own_bell());
    if (!ticket) co_return busy();
    const io::time_ms due = now + patience;
    const bool done = co_await io::finished(here.loop, wait, client, ticket, due);
    if (done) co_return checked();
    if (here.loop.now() >= due) co_return busy();
    decision out = std::move(if_bad_);
    out.client_gone = true;
    co_return out;
  }

 private:
  struct work {
    check_cache::key key;
    bool known;
    std::string stored, password;
    bool good = false;  ///< published by the ticket
  };

  decision checked() {
    decision out = std::move(work_->good ? if_good_ : if_bad_);
    if (!work_->good) out.answer = challenge();
    return out;
  }
  decision busy() {
    decision out = std::move(if_bad_);
    out.answer = local_answer{503, "Retry-After: 1\r\n", "Service Unavailable"};
    return out;
  }

  static void run(check_cache& cache, work& job, io::time_ms now) {
    // A browser opens six connections at once: the first check of a password is the last one.
    auto good = cache.find(job.key, now);
    if (!good) {
      good = fits(job.stored, job.password);
      cache.store(job.key, *good, now);
    }
    job.good = *good && job.known;
    secure_clear(job.password);
  }

  std::shared_ptr<shared_state> state_;  // and with it the threads
  const hashing_share share_;
  std::shared_ptr<work> work_;
  decision if_good_, if_bad_;
};

class basic_auth final : public step {
 public:
  basic_auth(const model::auth& options, const step_context& context, user_map users)
      : options_(options), owner_(context.owner), operators_(context.operators), users_(std::move(users)), state_(shared_state::get()) {
    for (const auto& [name, stored] : users_)
      if (decoy_.empty() || kind_of(decoy_) >= hash_kind::unknown) decoy_ = stored;
  }

  step_result on_request(const request_info& about, http::request& request) const override {
    auto sent = parse_basic(request.credentials);
    if (!sent || sent->password.size() > longest_password || has_rival_credentials(about)) return refuse(request);
    // An unknown name costs what a known one costs, or the time would tell who exists.
    const auto user = users_.find(sent->name);
    const bool known = user != users_.end();
    const std::string& stored = known ? user->second : decoy_;
    bool good = false;
    switch (kind_of(stored)) {
      case hash_kind::costly:
      case hash_kind::unknown: break;
      case hash_kind::sha1: good = fits(stored, sent->password) && known; break;
      case hash_kind::md5:
      case hash_kind::bcrypt: {
        const check_cache::key key = check_cache::key_of(sent->name, stored, sent->password);
        const auto before = state_->cache.find(key, about.now);
        good = known && before.value_or(false);  // an unknown name with a decoy's password is as unknown as before
        if (!before) {
          decision if_good, if_bad;
          if_good.user = sent->name;
          if_bad.remove.emplace_back("Authorization");
          if (options_.basic->remove_header) if_good.remove.emplace_back("Authorization");
          if (!options_.header_field.empty()) {
            request.fields.remove(options_.header_field);  // what the client claims to have been told goes nowhere meanwhile
            if_good.set.emplace_back(options_.header_field, sent->name);
          }
          return std::make_shared<password_check>(state_, share_of(about), key, known, stored, std::move(sent->password), std::move(if_good),
                                                  std::move(if_bad));
        }
        break;
      }
    }
    if (!good) return refuse(request);
    return announce_user(options_, options_.basic->remove_header, sent->name, request);
  }

 private:
  hashing_share share_of(const request_info& about) const noexcept {
    if (operators_) return {*state_->operators, owner_of_client(about.peer_ip)};
    return {*state_->threads, owner_};
  }

  local_answer refuse(http::request& request) const {
    withhold_user(options_, request);
    return challenge();
  }

  model::auth options_;
  const std::uint64_t owner_;
  const bool operators_;
  user_map users_;
  std::string decoy_;
  std::shared_ptr<shared_state> state_;
};

}  // namespace

built_step make_basic_auth(const model::auth& options, const step_context& context) {
  auto users = basic_users(*options.basic);
  if (!users) return users.error();
  for (const auto& [name, stored] : *users) {
    if (kind_of(stored) == hash_kind::unknown)
      context.build_log.warning("Basic auth: the hash of user " + name + " is of no known kind (bcrypt, {SHA}, $apr1$, $1$); no password fits it");
    if (kind_of(stored) == hash_kind::costly)
      context.build_log.warning("Basic auth: the bcrypt hash of user " + name + " has cost " + std::to_string(bcrypt_cost(stored)) + "; at most " +
                                std::to_string(most_bcrypt_cost) + " is computed, so no password fits it (make a new one: htpasswd -B -C 10)");
  }
  return std::unique_ptr<const step>(std::make_unique<basic_auth>(options, context, std::move(*users)));
}

}  // namespace waggle::proxy::middleware
