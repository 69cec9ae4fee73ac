// What reading labels leaves behind beside their values: lines for the log in Traefik's words, findings for people. Plain values.
#pragma once

#include <waggle/base/log.hpp>
#include <waggle/model/verdict.hpp>

#include <string>
#include <vector>

namespace waggle::discovery {

/// A line for the log, in Traefik's words.
struct log_note {
  base::log_level level;
  std::string text;
  bool operator==(const log_note&) const = default;
};

/// What reading one group of labels left behind. Traefik complains about a bad value only where it uses it, and each time it does.
struct label_notes {
  std::vector<log_note> lines;
  std::vector<model::diagnostic> diagnostics;
  std::string template_error;  ///< non-empty: Traefik 1 would have refused its whole configuration
  bool taken = false;          ///< what the labels ask for depends on this group
};

}  // namespace waggle::discovery
