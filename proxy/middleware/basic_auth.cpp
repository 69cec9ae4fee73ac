// auth.basic (RFC 7617). bcrypt takes tens of milliseconds by design, in which a worker would serve nobody: such checks run on
// side threads, once for each user (check_cache). A flood of guesses fills its service's share of that queue, not the workers and
// not the others' shares; new log-ins of that service then wait or get 503, users that are known go on.
#include "middleware/auth.hpp"
#include "middleware/check_cache.hpp"
#include "middleware/credentials.hpp"
#include "middleware/deferred.hpp"
#include "middleware/password.hpp"
#include "middleware/process_key.hpp"
#include "middleware/users.hpp"

#include "io/side_threads.hpp"

#include <waggle/base/clock.hpp>

#include <chrono>
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

  static std::shared_ptr<shared_state> get() {
    static std::mutex mutex;
    static std::weak_ptr<shared_state> held;
    const std::lock_guard lock(mutex);
    auto one = held.lock();
    if (!one) held = one = std::make_shared<shared_state>();
    return one;
  }
};

/// One password on the side thread.
class password_check final : public deferred_check {
 public:
  /// @param if_good, if_bad  what comes of it; the user is named to nobody before.
  password_check(std::shared_ptr<shared_state> state, std::uint64_t owner, check_cache::key key, bool known, std::string stored, std::string password,
                 decision if_good, decision if_bad)
      : state_(std::move(state)),
        owner_(owner),
        work_(std::make_shared<work>(work{key, known, std::move(stored), std::move(password)})),
        if_good_(std::move(if_good)),
        if_bad_(std::move(if_bad)) {}

  io::task<decision> decide(client::context& here, io::waiter& wait, io::stream& client) override {
    const io::time_ms now = here.loop.now();
    const auto job = [cache = std::shared_ptr<check_cache>(state_, &state_->cache), job = work_, now] { run(*cache, *job, now); };
    const io::side_threads::ticket ticket = state_->threads->submit(owner_, job, here.loop.own_bell());
    if (!ticket) co_return busy();
    const io::time_ms due = now + patience;
    const bool done = co_await io::finished(here.loop, wait, client, ticket, due);
    if (done) co_return checked();
    if (here.loop.now() >= due) co_return busy();
    decision out = std::move(if_bad_);
    out.client_gone = true;
    co_return out;
  }

  decision decide_here() override {
    const auto now = std::chrono::duration_cast<milliseconds>(base::now().time_since_epoch()).count();
    run(state_->cache, *work_, static_cast<io::time_ms>(now));
    return checked();
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

  std::shared_ptr<shared_state> state_;
  const std::uint64_t owner_;
  std::shared_ptr<work> work_;
  decision if_good_, if_bad_;
};

class basic_auth final : public step {
 public:
  basic_auth(const model::auth& options, std::uint64_t owner, user_map users)
      : options_(options), owner_(owner), users_(std::move(users)), state_(shared_state::get()) {
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
          return std::make_shared<password_check>(state_, owner_, key, known, stored, std::move(sent->password), std::move(if_good),
                                                  std::move(if_bad));
        }
        break;
      }
    }
    if (!good) return refuse(request);
    return announce_user(options_, options_.basic->remove_header, sent->name, request);
  }

 private:
  local_answer refuse(http::request& request) const {
    withhold_user(options_, request);
    return challenge();
  }

  model::auth options_;
  const std::uint64_t owner_;
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
  return std::unique_ptr<const step>(std::make_unique<basic_auth>(options, context.owner, std::move(*users)));
}

}  // namespace waggle::proxy::middleware
