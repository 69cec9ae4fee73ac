#include "docker/curl_transport.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string_view>
#include <utility>

namespace waggle::discovery {

namespace {

constexpr long connect_timeout_ms = 5'000;
constexpr long silence_limit_s = 10;  // an answer may be long, but not silent (http-contract: 10 s)
constexpr std::size_t max_error_body = 64u << 10;

struct easy_deleter {
  void operator()(CURL* h) const noexcept { curl_easy_cleanup(h); }
};
struct multi_deleter {
  void operator()(CURLM* m) const noexcept { curl_multi_cleanup(m); }
};
using easy_ptr = std::unique_ptr<CURL, easy_deleter>;
using multi_ptr = std::unique_ptr<CURLM, multi_deleter>;

struct address {
  std::string socket_path, base_url;
};

address parse_endpoint(const std::string& endpoint, const tls_options& tls) {
  const bool secure = !tls.ca.empty() || !tls.cert.empty() || !tls.key.empty() || tls.insecure_skip_verify;
  if (endpoint.starts_with("unix://")) return {endpoint.substr(7), "http://docker"};
  if (endpoint.starts_with("/")) return {endpoint, "http://docker"};
  if (endpoint.starts_with("http://") || endpoint.starts_with("https://")) return {"", endpoint};
  const std::string rest = endpoint.starts_with("tcp://") ? endpoint.substr(6) : endpoint;
  return {"", (secure ? "https://" : "http://") + rest};
}

transport_failure::step step_of(CURLcode code) {
  using step = transport_failure::step;
  switch (code) {
    case CURLE_OK: return step::none;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_URL_MALFORMAT: return step::connect;
    case CURLE_OPERATION_TIMEDOUT: return step::timeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return step::tls;
    case CURLE_SEND_ERROR: return step::send;
    default: return step::receive;
  }
}

// One transfer's state; lives as long as its easy handle is in the multi handle.
struct transfer {
  easy_ptr easy;
  body_sink sink;
  http_answer answer;
  bool done = false;
  char words[CURL_ERROR_SIZE] = {};
};

// libcurl's write callback: nothing may be thrown through C.
std::size_t on_bytes(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& t = *static_cast<transfer*>(user);
  const std::size_t n = size * count;
  try {
    long status = 0;
    curl_easy_getinfo(t.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status >= 300) {
      t.answer.error_body.append(data, std::min(n, max_error_body - t.answer.error_body.size()));
      return n;
    }
    return t.sink(std::string_view(data, n)) ? n : 0;
  } catch (...) {
    return 0;  // out of memory: the transfer fails, the last picture stays
  }
}

class curl_transport final : public transport {
 public:
  curl_transport(const std::string& endpoint, tls_options tls) : tls_(std::move(tls)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    where_ = parse_endpoint(endpoint, tls_);
    multi_.reset(curl_multi_init());
  }

  ~curl_transport() override { close_stream(); }

  http_answer get(const std::string& target, const body_sink& body) override {
    transfer t;
    if (!prepare(t, target, body)) return std::move(t.answer);
    curl_easy_setopt(t.easy.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(t.easy.get(), CURLOPT_LOW_SPEED_TIME, silence_limit_s);
    // After any fault the next request gets its own new connection: the old one may lead to an Engine that is no more.
    if (fresh_) curl_easy_setopt(t.easy.get(), CURLOPT_FRESH_CONNECT, 1L);
    curl_multi_add_handle(multi_.get(), t.easy.get());
    while (!t.done) {
      step();
      if (t.done) break;
      if (stopping_.load(std::memory_order_relaxed)) {
        t.answer.failure = {transport_failure::step::stopped, 0, "stopping"};
        t.answer.status = 0;
        break;
      }
      curl_multi_poll(multi_.get(), nullptr, 0, 1'000, nullptr);
    }
    curl_multi_remove_handle(multi_.get(), t.easy.get());
    fresh_ = !t.answer.whole();
    return std::move(t.answer);
  }

  void open_stream(const std::string& target, body_sink body) override {
    close_stream();
    stream_ = std::make_unique<transfer>();
    auto seen = [this, sink = std::move(body)](std::string_view bytes) {
      stream_spoke_ = true;
      return sink(bytes);
    };
    if (!prepare(*stream_, target, std::move(seen))) {
      stream_.reset();
      return;
    }
    curl_easy_setopt(stream_->easy.get(), CURLOPT_FRESH_CONNECT, 1L);
    curl_multi_add_handle(multi_.get(), stream_->easy.get());
    step();
  }

  void close_stream() override {
    if (!stream_) return;
    curl_multi_remove_handle(multi_.get(), stream_->easy.get());
    stream_.reset();
  }

  bool stream_open() const override { return stream_ && !stream_->done; }

  void wait(base::milliseconds limit) override {
    const auto until = base::now() + limit;
    stream_spoke_ = false;
    for (;;) {
      const bool open_before = stream_open();
      step();
      if (stream_spoke_ || open_before != stream_open()) return;
      if (woken_.exchange(false) || stopping_.load(std::memory_order_relaxed)) return;
      const auto left = std::chrono::ceil<base::milliseconds>(until - base::now()).count();
      if (left <= 0) return;
      curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(std::min<long long>(left, 60'000)), nullptr);
    }
  }

  void wake() noexcept override {
    woken_.store(true);
    curl_multi_wakeup(multi_.get());
  }

  void stop() noexcept override {
    stopping_.store(true);
    curl_multi_wakeup(multi_.get());
  }

 private:
  bool prepare(transfer& t, const std::string& target, body_sink sink) {
    t.easy.reset(curl_easy_init());
    if (!t.easy || !multi_) {
      t.answer.failure = {transport_failure::step::send, 0, "out of memory"};
      return false;
    }
    t.sink = std::move(sink);
    CURL* h = t.easy.get();
    const std::string url = where_.base_url + target;
    curl_easy_setopt(h, CURLOPT_URL, url.c_str());
    if (!where_.socket_path.empty()) curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, where_.socket_path.c_str());
    curl_easy_setopt(h, CURLOPT_PRIVATE, &t);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, &on_bytes);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, &t);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, t.words);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_NOPROXY, "*");  // an HTTP_PROXY of the environment is not for the Engine
    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(h, CURLOPT_USERAGENT, "waggle");
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
    curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(h, CURLOPT_TCP_KEEPIDLE, 15L);
    curl_easy_setopt(h, CURLOPT_TCP_KEEPINTVL, 5L);
    curl_easy_setopt(h, CURLOPT_BUFFERSIZE, 256L << 10);
    if (!tls_.ca.empty()) curl_easy_setopt(h, CURLOPT_CAINFO, tls_.ca.c_str());
    if (!tls_.cert.empty()) curl_easy_setopt(h, CURLOPT_SSLCERT, tls_.cert.c_str());
    if (!tls_.key.empty()) curl_easy_setopt(h, CURLOPT_SSLKEY, tls_.key.c_str());
    if (tls_.insecure_skip_verify) {
      curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
      curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    return true;
  }

  // Moves every transfer on and notes those that ended.
  void step() {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    int left = 0;
    while (CURLMsg* m = curl_multi_info_read(multi_.get(), &left)) {
      if (m->msg != CURLMSG_DONE) continue;
      char* user = nullptr;
      curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &user);
      finish(*static_cast<transfer*>(static_cast<void*>(user)), m->data.result);
    }
  }

  static void finish(transfer& t, CURLcode code) {
    t.done = true;
    curl_easy_getinfo(t.easy.get(), CURLINFO_RESPONSE_CODE, &t.answer.status);
    if (code == CURLE_OK) return;
    long os_error = 0;
    curl_easy_getinfo(t.easy.get(), CURLINFO_OS_ERRNO, &os_error);
    t.answer.failure = {step_of(code), static_cast<int>(os_error), t.words[0] != 0 ? t.words : curl_easy_strerror(code)};
    // With TLS 1.3 a refused client certificate shows only at the first read.
    if (t.answer.failure.text.find("SSL routines") != std::string::npos) {
      t.answer.failure.where = transport_failure::step::tls;
    }
    t.answer.status = 0;
  }

  tls_options tls_;
  address where_;
  multi_ptr multi_;
  std::unique_ptr<transfer> stream_;
  bool fresh_ = true, stream_spoke_ = false;
  std::atomic<bool> woken_{false}, stopping_{false};
};

}  // namespace

std::unique_ptr<transport> make_curl_transport(const std::string& endpoint, const tls_options& tls) {
  return std::make_unique<curl_transport>(endpoint, tls);
}

}  // namespace waggle::discovery
