// What a log line is (level, message, fields) and how it is written down (logrus text or JSON); where lines go is the
// sink's business (the asynchronous one lives in discovery/app).
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace waggle::base {

enum class log_level : std::uint8_t { debug, info, warning, error, fatal, panic };
enum class log_format : std::uint8_t { text, json };

/// "debug", "info", "warning", … as logrus spells them.
std::string_view to_string(log_level level) noexcept;

/// One key=value of a line. The key is ours; the value may be hostile and is quoted when needed.
struct log_field {
  std::string_view key;
  std::string value;
};

/// Takes finished lines (with their newline). Must not block for long and must not throw. Thread: any.
class log_sink {
 public:
  virtual ~log_sink() = default;
  virtual void write(log_level level, std::string line) noexcept = 0;
};

/// Formats and filters. One per process, passed by reference; outlives every component. Thread: any.
class logger {
 public:
  explicit logger(log_sink& sink, log_level level = log_level::info, log_format format = log_format::text)
      : sink_(sink), level_(level), format_(format) {}

  bool enabled(log_level level) const noexcept { return level >= level_.load(std::memory_order_relaxed); }
  bool debug_enabled() const noexcept { return enabled(log_level::debug); }
  void set_level(log_level level) noexcept { level_.store(level, std::memory_order_relaxed); }
  log_level level() const noexcept { return level_.load(std::memory_order_relaxed); }
  void set_format(log_format format) noexcept { format_.store(format, std::memory_order_relaxed); }

  void write(log_level level, std::string_view message, std::initializer_list<log_field> fields = {});
  void debug(std::string_view m, std::initializer_list<log_field> f = {}) { write(log_level::debug, m, f); }
  void info(std::string_view m, std::initializer_list<log_field> f = {}) { write(log_level::info, m, f); }
  void warning(std::string_view m, std::initializer_list<log_field> f = {}) { write(log_level::warning, m, f); }
  void error(std::string_view m, std::initializer_list<log_field> f = {}) { write(log_level::error, m, f); }

 private:
  log_sink& sink_;
  std::atomic<log_level> level_;
  std::atomic<log_format> format_{log_format::text};
};

/// A line as logrus's text formatter writes it off a terminal:
/// time="…" level=info msg="…" key=value. Values are quoted by Go's %q rule unless they are plain.
std::string format_text(std::string_view time, log_level level, std::string_view message, std::initializer_list<log_field> fields);
/// The same line as logrus's JSON formatter writes it.
std::string format_json(std::string_view time, log_level level, std::string_view message, std::initializer_list<log_field> fields);
/// Text quoted as Go's strconv.Quote does (invalid UTF-8 as \xNN, controls escaped).
std::string go_quote(std::string_view text);

}  // namespace waggle::base
