#include "docker/fault.hpp"

#include "docker/api_codec.hpp"

#include <cerrno>
#include <cstring>

namespace waggle::discovery {

namespace {

bool holds(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

bool is_unix(const std::string& endpoint) { return endpoint.compare(0, 7, "unix://") == 0; }

std::string cannot_connect(const std::string& endpoint) {
  return "Cannot connect to the Docker daemon at " + endpoint + ". Is the docker daemon running?";
}

engine_fault judge_connect(const transport_failure& f, const std::string& endpoint) {
  const std::string why = f.os_error != 0 ? std::strerror(f.os_error) : f.text;
  if (f.os_error == EACCES || f.os_error == EPERM) {
    return {fault_kind::permission_denied, "Got permission denied while trying to connect to the Docker daemon socket at " + endpoint,
            "permission denied on " + endpoint,
            "run waggle as root or give it the socket's group (docker service create --group GID, docker run --group-add GID)"};
  }
  if (is_unix(endpoint)) {
    const bool missing = f.os_error == ENOENT || f.os_error == ENOTDIR;
    return {fault_kind::no_socket, cannot_connect(endpoint),
            missing ? "the socket " + endpoint + " does not exist" : "nothing listens on " + endpoint + " (" + why + ")",
            missing ? "mount the Engine's socket into the service: type=bind,source=/var/run/docker.sock,"
                      "target=/var/run/docker.sock, or set --docker.endpoint"
                    : "start the Docker Engine on this node"};
  }
  return {fault_kind::unreachable, cannot_connect(endpoint), "cannot connect to " + endpoint + " (" + why + ")",
          "check --docker.endpoint and that the Engine listens there"};
}

}  // namespace

engine_fault judge_failure(const transport_failure& f, const std::string& endpoint) {
  using step = transport_failure::step;
  switch (f.where) {
    case step::connect: return judge_connect(f, endpoint);
    case step::tls:
      return {fault_kind::tls, "error during connect: " + f.text, "TLS with " + endpoint + " failed: " + f.text,
              "check --docker.tls.ca, .cert and .key against the Engine's certificates"};
    case step::timeout:
      return {fault_kind::timeout, "error during connect: " + f.text, "the Engine at " + endpoint + " did not answer in time",
              "see whether the Engine is overloaded or paused"};
    case step::stopped: return {fault_kind::stopped, "context canceled", "waggle is stopping", ""};
    case step::none:
    case step::send:
    case step::receive:
    case step::too_long: break;
  }
  return {fault_kind::cut, "error during connect: " + f.text, "the connection to " + endpoint + " broke: " + f.text,
          "see whether the Engine was restarted"};
}

namespace {

/// A refusal without the Engine's JSON: a proxy in front of its socket that allows some paths only.
engine_fault judge_denied(long status, const std::string& endpoint, std::string_view path) {
  std::string what(path.substr(0, path.find('?')));
  if (what.empty()) what = "a path";
  const std::string code = std::to_string(status);
  return {fault_kind::engine_error, "Error: request for " + what + " returned " + code + " from " + endpoint,
          "a proxy in front of the Engine at " + endpoint + " denies GET " + what + " (status " + code + ")",
          "let the socket proxy allow GET on /version, /services, /tasks, /networks, /nodes, /events and /containers"};
}

}  // namespace

engine_fault judge_status(long status, const std::string& body, const std::string& endpoint, std::string_view path) {
  const std::string message = decode_error_message(body);
  if (message.empty()) {
    // The Engine always explains itself as {"message": …}; a bare text comes from its TLS listener or from a stranger.
    if (holds(body, "HTTPS server")) {
      return {fault_kind::tls, "Error response from daemon: " + body, endpoint + " speaks TLS, waggle does not",
              "set --docker.tls.ca, .cert and .key"};
    }
    if (status == 401 || status == 403) return judge_denied(status, endpoint, path);
    return {fault_kind::not_an_engine, "Error: request returned " + std::to_string(status) + " from " + endpoint,
            "what listens at " + endpoint + " is not a Docker Engine (status " + std::to_string(status) + ")",
            "check --docker.endpoint; a socket proxy must allow /version, /events, /services, /tasks, /networks"};
  }
  engine_fault out{fault_kind::engine_error, "Error response from daemon: " + message, "the Engine refuses: " + message, "see the Engine's own log"};
  if (holds(message, "not a swarm manager")) {
    // moby daemon/cluster/errors.go: a node outside any swarm is told of "docker swarm init", a worker is not.
    if (holds(message, "docker swarm init")) {
      out.kind = fault_kind::no_swarm;
      out.cause = "the Engine at " + endpoint + " is not part of a swarm";
      out.fix = "run `docker swarm init` or join a swarm as a manager";
    } else {
      out.kind = fault_kind::not_manager;
      out.cause = "the node behind " + endpoint + " is a worker; only managers know the swarm's services";
      out.fix = "run waggle on managers only: --constraint node.role==manager";
    }
  } else if (holds(message, "does not have a leader") || holds(message, "no elected") || holds(message, "quorum") ||
             holds(message, "deadline exceeded")) {
    out.kind = fault_kind::no_leader;
    out.cause = "the swarm has no leader: most managers are away";
    out.fix = "bring managers back; running tasks are served meanwhile";
  } else if (status == 404) {
    out.kind = fault_kind::gone;
  }
  return out;
}

engine_fault judge_garbage(const std::string& reason, const std::string& endpoint) {
  return {fault_kind::garbage, "error during connect: invalid answer: " + reason, "the answer of " + endpoint + " cannot be read: " + reason,
          "check that --docker.endpoint is a Docker Engine"};
}

}  // namespace waggle::discovery
