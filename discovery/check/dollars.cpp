#include "check/dollars.hpp"

#include "labels/users.hpp"

#include <vector>

namespace waggle::discovery::check {

namespace {

using model::diagnostic;
using model::severity;

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& n : names) out += (out.empty() ? "" : ", ") + n;
  return out;
}

}  // namespace

std::optional<diagnostic> judge_interpolation(const std::string& key, const std::string& raw, const interpolated& made) {
  if (!made.refused.empty())
    return diagnostic{
        severity::error,
        "dollar-not-doubled",
        key,
        users::told(key, raw),
        "holds a single $ that docker stack deploy refuses as a variable" + (users::holds_users(key) ? std::string() : ": " + made.refused),
        "write every $ of it as $$ in a stack file"};
  if (made.unset.empty()) return std::nullopt;
  if (!made.required.empty())
    return diagnostic{severity::error,
                      "variable-not-set",
                      key,
                      users::told(key, raw),
                      "docker stack deploy refuses the file: " + made.required,
                      "set it when you check and deploy"};
  if (users::means_dollars(key, raw))
    return diagnostic{severity::error,
                      "dollar-not-doubled",
                      key,
                      users::told(key, raw),
                      "holds a single $; docker stack deploy puts a variable in its place" +
                          (users::holds_users(key) ? std::string() : " (" + joined(made.unset) + ", which is not set)"),
                      "write every $ of it as $$ in a stack file"};
  return diagnostic{severity::warning,
                    "variable-not-set",
                    key,
                    users::told(key, raw),
                    "uses " + joined(made.unset) + ", which is not set here; docker stack deploy puts nothing in its place",
                    "set it when you check and deploy, write ${" + made.unset.front() + ":-default}, or $$ if you mean a $"};
}

}  // namespace waggle::discovery::check
