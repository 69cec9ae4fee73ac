// Routes to servers outside the swarm, from a TOML or YAML file: HTTP in the form of Traefik 1's file provider, TCP and UDP in that of
// Traefik 3's. The facade: reads the file, follows its changes, hands over complete configurations. Knows nothing of Docker or of the
// proxy.
#pragma once

#include <waggle/base/log.hpp>
#include <waggle/discovery/options.hpp>
#include <waggle/model/configuration.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace waggle::discovery {

/// Plain values, already validated by the app.
struct file_options {
  std::string filename;                   ///< YAML if it ends in .yml or .yaml
  bool watch = true;                      ///< false: read at start and on reload() only
  bool among_options = false;             ///< the file is the program's own configuration: other tables are not for us
  std::vector<std::string> entry_points;  ///< names of HTTP's that exist
  std::vector<entry_point_facts> layer4_entry_points{};
  std::vector<std::string> default_entry_points{"http"};
  bool keep_trailing_slash = false;  ///< as the proxy compiles rules
};

/// Called on the provider's thread with each configuration that differs from the one before, and with the first one, which
/// is empty if the file cannot be used.
using file_publish_handler = std::function<void(std::shared_ptr<const model::configuration>)>;

class file_provider {
 public:
  file_provider(file_options opts, base::logger& log, file_publish_handler publish);
  ~file_provider();  ///< stops and joins
  file_provider(const file_provider&) = delete;
  file_provider& operator=(const file_provider&) = delete;

  void start();
  void stop();  ///< returns once the thread has ended; thread: any but the provider's
  /// Read the file now, whatever the watch says (SIGHUP, SIGUSR1). Thread: any; never blocks.
  void reload();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace waggle::discovery
