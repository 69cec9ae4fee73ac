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
  // Values are std::uint64_t or double.
  void sample(labels on, auto v) {
    begin(on);
    value(v);
  }

  // Labels as text, for what has many samples with the same ones.
  /// Appends them without the closing brace; at least one. @param next  ',' if others are there already.
  static void render(std::string& to, labels on, char next = '{');
  static constexpr std::string_view closing = "} ";
  /// … if a bound follows: what closes the labels of that bucket.
  static std::string closing_with(std::string_view bound);
  /// @param suffix  of a histogram's line: "_bucket", "_sum" or "_count".
  void line(std::string_view suffix, std::string_view rendered, std::string_view closed_by, auto v) {
    begin(suffix, rendered, closed_by);
    value(v);
  }
  void sample(std::string_view rendered, auto v) { line({}, rendered, closing, v); }

  /// What was told since the last call; it goes on in the memory that is handed in.
  void swap_text(std::string& with) noexcept { out_.swap(with); }
  std::size_t size() const noexcept { return out_.size(); }
  void append(std::string_view text) { out_ += text; }

 private:
  void begin(labels on);
  void begin(std::string_view suffix, std::string_view rendered, std::string_view closed_by);
  void value(std::uint64_t v);
  void value(double v);
  std::string out_, name_;
};

/// As `le` has a bound: "0.1", "5".
std::string bound_text(double bound);

}  // namespace waggle::app::admin
