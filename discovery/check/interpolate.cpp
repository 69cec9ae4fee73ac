#include "check/interpolate.hpp"

#include <utility>

namespace waggle::discovery::check {

namespace {

bool starts_name(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) noexcept { return starts_name(c) || (c >= '0' && c <= '9'); }

std::size_t name_length(std::string_view text) noexcept {
  if (text.empty() || !starts_name(text[0])) return 0;
  std::size_t n = 1;
  while (n < text.size() && in_name(text[n])) ++n;
  return n;
}

class expander {
 public:
  expander(std::string_view text, const variables& known) : whole_(text), rest_(text), known_(known) {}

  interpolated run() {
    while (!rest_.empty()) {
      const auto at = rest_.find('$');
      out_.text += rest_.substr(0, at);
      if (at == std::string_view::npos) break;
      rest_.remove_prefix(at);
      if (one()) continue;
      out_.refused = std::string(rest_.substr(0, 20));
      rest_.remove_prefix(1);
    }
    if (!out_.refused.empty()) out_.text = whole_;
    return std::move(out_);
  }

 private:
  bool one() {  // rest_ begins with '$'
    if (rest_.size() > 1 && rest_[1] == '$') {
      out_.text += '$';
      rest_.remove_prefix(2);
      return true;
    }
    if (rest_.size() > 1 && rest_[1] == '{') return braced();
    const auto n = name_length(rest_.substr(1));
    if (n == 0) return false;
    put(std::string(rest_.substr(1, n)), {}, false, false);
    rest_.remove_prefix(1 + n);
    return true;
  }

  bool braced() {
    const auto n = name_length(rest_.substr(2));
    const auto end = rest_.find('}', 2 + n);
    if (n == 0 || end == std::string_view::npos) return false;
    const std::string name(rest_.substr(2, n));
    std::string_view how = rest_.substr(2 + n, end - 2 - n);
    const bool empty_counts_as_unset = !how.empty() && how[0] == ':';
    if (empty_counts_as_unset) how.remove_prefix(1);
    if (how.empty()) {
      if (empty_counts_as_unset) return false;
      put(name, {}, false, false);
    } else if (how[0] == '-') {
      put(name, how.substr(1), true, empty_counts_as_unset);
    } else if (how[0] == '?') {
      const std::size_t before = out_.unset.size();
      put(name, {}, false, empty_counts_as_unset);
      if (out_.unset.size() != before && out_.required.empty())
        out_.required = "required variable " + name + " is missing a value: " + std::string(how.substr(1));
    } else {
      return false;
    }
    rest_.remove_prefix(end + 1);
    return true;
  }

  void put(const std::string& name, std::string_view fallback, bool has_fallback, bool empty_counts_as_unset) {
    out_.refused.clear();
    const auto it = known_.find(name);
    if (it != known_.end() && !(empty_counts_as_unset && it->second.empty())) out_.text += it->second;
    else if (has_fallback) out_.text += fallback;
    else out_.unset.push_back(name);
  }

  std::string_view whole_, rest_;
  const variables& known_;
  interpolated out_;
};

}  // namespace

interpolated interpolate(std::string_view text, const variables& known) { return expander(text, known).run(); }

}  // namespace waggle::discovery::check
