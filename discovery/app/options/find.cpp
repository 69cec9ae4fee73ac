// Rows of the table of options by name.
#include "options/table.hpp"
#include "options/values.hpp"

#include <algorithm>

namespace waggle::app {

const option_row* find_option(std::string_view name) {
  const auto all = option_table();
  const auto at = std::find_if(all.begin(), all.end(), [&](const option_row& r) { return lower(r.name) == name; });
  return at == all.end() ? nullptr : &*at;
}

const option_alias* find_alias(std::string_view name) {
  const auto all = option_aliases();
  const auto at = std::find_if(all.begin(), all.end(), [&](const option_alias& a) { return a.name == name; });
  return at == all.end() ? nullptr : &*at;
}

const option_row* find_letter(char letter) {
  const auto all = option_table();
  const auto at = std::find_if(all.begin(), all.end(), [&](const option_row& r) { return r.letter == letter; });
  return letter == 0 || at == all.end() ? nullptr : &*at;
}

std::string environment_name(std::string_view option) {
  std::string out = "WAGGLE_";
  for (const char c : option) out += c == '.' || c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

}  // namespace waggle::app
