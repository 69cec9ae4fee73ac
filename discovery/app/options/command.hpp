// What a command line asks the program to do.
#pragma once

#include <cstdint>

namespace waggle::app {

enum class command : std::uint8_t { run, version, healthcheck, help, storeconfig };

}  // namespace waggle::app
