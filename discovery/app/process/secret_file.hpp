// A secret that somebody put into a file, as Swarm does under /run/secrets.
#pragma once

#include <waggle/base/result.hpp>

#include <string>

namespace waggle::app {

/// The file's bytes without line ends behind them. @return why it will not do: not readable, shorter than 16 bytes, longer
/// than 4096.
base::text_result<std::string> read_secret(const std::string& path);

}  // namespace waggle::app
