// The file provider's TOML text → a configuration, or everything that is wrong with it. Nothing of a file with an error is
// used. Pure: no files, no logging.
#pragma once

#include "file/findings.hpp"
#include "labels/label_notes.hpp"

#include <waggle/discovery/file_provider.hpp>
#include <waggle/model/configuration.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace waggle::discovery::file {

struct parsed_file {
  std::shared_ptr<const model::configuration> config;  ///< with Traefik's defaults; null if there is an error
  std::vector<finding> errors, warnings;               ///< in the order of the file
  std::vector<log_note> lines;                         ///< Traefik's words about defaults
};

parsed_file parse(std::string_view text, const file_options& opts);

}  // namespace waggle::discovery::file
