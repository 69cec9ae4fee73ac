// auth.forward: another server is asked whether a request may go on (Traefik 1.7 section 8.4). Its 2xx lets it pass and may
// set headers; anything else is the answer; a server that cannot be asked closes the door (500).
#include "middleware/auth.hpp"
#include "middleware/auth_request.hpp"
#include "middleware/deferred.hpp"

#include "client/fetch.hpp"
#include "io/named_host.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace waggle::proxy::middleware {
namespace {

constexpr io::time_ms patience = 30'000;
constexpr std::size_t most_addresses = 3;  // tried, if the first ones cannot be connected to

/// What guard and questions share; a question may outlive its table.
struct auth_server {
  explicit auth_server(base::logger& l) noexcept : log(l) {}
  base::logger& log;
  auth_address address;
  std::shared_ptr<io::named_host> host;
  std::shared_ptr<io::tls_client_context> tls;  ///< null: in clear
  std::vector<std::string> response_headers;
};

local_answer as_answer(const auth_server& from, client::response&& got) {
  local_answer out{got.status, {}, std::move(got.body)};
  for (const auto& [name, value] : got.fields) {
    if (http::iequals(name, "Date") || http::iequals(name, "Proxy-Authenticate") || http::iequals(name, "Proxy-Authorization")) continue;
    out.fields.append(http::iequals(name, "Content-Type") ? std::string_view("Content-Type") : std::string_view(name));
    out.fields += ": ";
    out.fields += http::iequals(name, "Location") ? absolute_location(from.address, value) : value;
    out.fields += "\r\n";
  }
  return out;
}

class question final : public deferred_check {
 public:
  question(std::shared_ptr<const auth_server> server, std::string bytes) : server_(std::move(server)), bytes_(std::move(bytes)) {}

  io::task<decision> decide(client::context& here, io::waiter& wait, io::readiness& client) override {
    decision out;
    const io::time_ms due = here.loop.now() + patience;
    const std::vector<io::socket_address> addresses = co_await io::named_host::addresses(server_->host, here.loop, wait, client, due);
    client::response got;
    got.failure = client::failure::connect;
    for (std::size_t i = 0; i < std::min(addresses.size(), most_addresses) && got.failure == client::failure::connect; ++i) {
      client::request ask;
      ask.to = addresses[i];
      ask.bytes = bytes_;
      ask.due = due;
      ask.tls = server_->tls;
      ask.tls_host = server_->address.host;
      ask.client = &client;
      got = co_await client::fetch(here, wait, std::move(ask));
    }
    out.client_gone = !client.is_open() || got.failure == client::failure::client_gone;
    if (!got) {
      if (server_->log.debug_enabled())
        server_->log.debug("Error calling " + std::string(server_->tls ? "https://" : "http://") + server_->address.authority +
                           server_->address.target + ". Cause: " + std::string(to_string(got.failure)) +
                           (got.complaint.empty() ? "" : " (" + got.complaint + ")"));
      out.answer = local_answer{500, {}, {}};
    } else if (got.status < 200 || got.status > 299) {
      out.answer = as_answer(*server_, std::move(got));
    } else {
      out.remove = server_->response_headers;
      for (auto& [name, value] : got.fields)
        if (std::any_of(out.remove.begin(), out.remove.end(), [&n = name](const std::string& r) { return http::iequals(r, n); }))
          out.set.emplace_back(std::move(name), std::move(value));
    }
    co_return out;
  }

 private:
  std::shared_ptr<const auth_server> server_;
  std::string bytes_;
};

class forward_auth final : public step {
 public:
  forward_auth(std::shared_ptr<const auth_server> server, bool trust) : server_(std::move(server)), trust_(trust) {}
  step_result on_request(const request_info& about, http::request&) const override {
    if (has_rival_credentials(about)) return local_answer{400, {}, "400 Bad Request: more than one Authorization"};
    return std::make_shared<question>(server_, compose_auth_request(server_->address, about, trust_ && about.trusted));
  }

 private:
  std::shared_ptr<const auth_server> server_;
  bool trust_;
};

}  // namespace

built_step make_forward_auth(const model::auth& options, const step_context& context) {
  auto address = parse_auth_address(options.forward->address);
  if (!address) return base::text_error{"error creating forward auth: " + address.error().reason};
  auto server = std::make_shared<auth_server>(context.log);
  server->address = std::move(*address);
  server->host = std::make_shared<io::named_host>(server->address.host, server->address.port, context.owner);
  if (server->address.tls) {
    const model::client_tls tls = options.forward->tls.value_or(model::client_tls{});
    auto made = io::tls_client_context::make({tls.ca, tls.cert, tls.key, !tls.insecure_skip_verify});
    if (!made) return base::text_error{"error creating forward auth: auth.forward.tls: " + made.error().reason};
    server->tls = std::move(*made);
  }
  server->response_headers = options.forward->auth_response_headers;
  return std::unique_ptr<const step>(std::make_unique<forward_auth>(std::move(server), options.forward->trust_forward_header));
}

}  // namespace waggle::proxy::middleware
