#include "process/version.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

namespace waggle::app {

std::string_view version_number() { return WAGGLE_VERSION; }
std::string_view build_date() { return WAGGLE_BUILD_DATE; }

std::string version_text() {
  utsname system{};
  uname(&system);
  return fmt::format("Version:      {}\nCodename:     {}\nCompiler:     {}\nBuilt:        {}\nOS/Arch:      linux/{}\n", version_number(), codename,
                     __VERSION__, build_date(), system.machine);
}

}  // namespace waggle::app
