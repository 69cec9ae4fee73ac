#include "check/shell_words.hpp"

#include <cstdint>

namespace waggle::discovery::check {

namespace {

enum class within : std::uint8_t { nothing, word, escape, double_quotes, escape_in_quotes, single_quotes, comment };

bool blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

shell_words split_shell(std::string_view text) {
  shell_words out;
  std::string word;
  within at = within::nothing;
  const auto take = [&] {
    out.words.push_back(word);
    word.clear();
    at = within::nothing;
  };
  for (const char c : text) {
    switch (at) {
      case within::nothing:
      case within::word:
        if (blank(c)) {
          if (at == within::word) take();
        } else if (c == '"') {
          at = within::double_quotes;
        } else if (c == '\'') {
          at = within::single_quotes;
        } else if (c == '\\') {
          at = within::escape;
        } else if (c == '#' && at == within::nothing) {
          at = within::comment;
        } else {
          word += c;
          at = within::word;
        }
        break;
      case within::escape:  // a line break, too, becomes part of the word
        word += c;
        at = within::word;
        break;
      case within::double_quotes:
        if (c == '"') at = within::word;
        else if (c == '\\') at = within::escape_in_quotes;
        else word += c;
        break;
      case within::escape_in_quotes:
        word += c;
        at = within::double_quotes;
        break;
      case within::single_quotes:
        if (c == '\'') at = within::word;
        else word += c;
        break;
      case within::comment:
        if (c == '\n') at = within::nothing;
        break;
    }
  }
  if (at == within::word) take();
  if (at == within::escape || at == within::escape_in_quotes) out.refused = "EOF found after escape character";
  if (at == within::double_quotes || at == within::single_quotes) out.refused = "EOF found when expecting closing quote";
  return out;
}

}  // namespace waggle::discovery::check
