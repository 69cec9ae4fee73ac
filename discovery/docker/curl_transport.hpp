// The transport over libcurl: unix sockets, tcp, tcp with TLS client certificates.
#pragma once

#include "docker/transport.hpp"

#include <waggle/discovery/options.hpp>

#include <memory>
#include <string>

namespace waggle::discovery {

/// @param endpoint  unix://PATH or tcp://HOST:PORT (http:// and https:// are taken, too).
std::unique_ptr<transport> make_curl_transport(const std::string& endpoint, const tls_options& tls);

}  // namespace waggle::discovery
