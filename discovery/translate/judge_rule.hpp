// Rules that can be read and still do not mean what was meant: they match nothing, or more than they should. Pure.
// Source: the twelve usual mistakes of public stack files; what each matcher compares is in docs/labels.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waggle::discovery {

struct rule_doubt {
  std::string text;     ///< what is wrong
  std::string fix;      ///< what to do
  std::string instead;  ///< the rule to write; empty: not certain
};

/// The first doubt about a rule that the grammar takes, or about one that it does not take for such a reason.
std::optional<rule_doubt> doubt_of(std::string_view rule);

}  // namespace waggle::discovery
