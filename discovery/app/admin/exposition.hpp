// Text of Prometheus' exposition format 0.0.4: families with their HELP and TYPE lines, label values escaped, every value
// finite. It knows nothing of what is told.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace waggle::app::admin {

class exposition {
 public:
  struct label {
    std::string_view name, value;
  };
  using labels = std::initializer_list<label>;
  enum class kind { counter, gauge, histogram };

  /// Samples that follow belong to it. A family is begun once.
  void family(std::string_view name, kind what, std::string_view help);
  void sample(labels on, std::uint64_t value);
  void sample(labels on, double value);
  /// Labels as text, for what has many samples with the same ones.
  static std::string rendered(labels on);
  void sample(const std::string& rendered_labels, std::uint64_t value);
  void sample(const std::string& rendered_labels, double value);
  /// A line of a histogram: suffix "_bucket" (with `le`), "_sum" or "_count".
  void histogram_line(std::string_view suffix, labels on, double value, std::string_view le = {});

  std::string take() && { return std::move(out_); }

 private:
  static void put_labels(std::string& out, labels on, std::string_view le);
  void begin(std::string_view suffix, labels on, std::string_view le);
  void value(double v);
  std::string out_, name_;
};

/// As `le` has a bound: "0.1", "5".
std::string bound_text(double bound);

}  // namespace waggle::app::admin
