// From what was read to what is in force: parses new bytes, says what changed or what is wrong (once), hands a changed
// configuration on. Knows neither the file system nor time.
#pragma once

#include "file/parse.hpp"

#include <waggle/base/log.hpp>
#include <waggle/base/result.hpp>
#include <waggle/discovery/file_provider.hpp>
#include <waggle/model/configuration.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waggle::discovery::file {

class report {
 public:
  report(file_options opts, base::logger& log, file_publish_handler publish) : opts_(std::move(opts)), log_(log), publish_(std::move(publish)) {}

  /// Somebody wants to hear of the next read even if nothing changed.
  void asked() noexcept { asked_ = true; }
  /// The file's bytes, or why there are none. The first call always publishes.
  void take(base::text_result<std::string> content);

 private:
  void accept(const parsed_file& parsed);
  void refuse(const std::vector<finding>& errors);
  void say_warnings(const parsed_file& parsed);
  void say_changes(const model::configuration& next);

  file_options opts_;
  base::logger& log_;
  file_publish_handler publish_;
  std::shared_ptr<const model::configuration> config_;  // in force; null before the first read
  std::optional<base::text_result<std::string>> last_;
  bool broken_ = false, ever_good_ = false, asked_ = false;
  std::uint64_t generation_ = 0;
};

}  // namespace waggle::discovery::file
