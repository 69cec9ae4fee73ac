// The flags of "waggle status --ipvs", which are those of "ipvsadm --list", and the question to the API that they make. Pure.
#pragma once

#include <waggle/base/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace waggle::app {

class ipvs_question {
 public:
  /// @param flag  as it was written, without a value. @return true: it was one of these; an error: it cannot be answered, with what to do.
  base::text_result<bool> take(std::string_view flag);
  /// Was it asked for? @return an error if only flags that belong to it were given.
  base::text_result<bool> asked() const;
  /// @param service  empty: all. @param json  as the API gives it.
  std::string target(std::string_view service, bool json) const;

 private:
  bool ipvs_ = false, exact_ = false, names_ = false;
  std::string_view view_{}, view_flag_{};  ///< empty: the plain table
  std::string first_flag_;                 ///< of those that belong to --ipvs
};

/// Percent-encoded for a query or a path.
std::string url_encoded(std::string_view text);

}  // namespace waggle::app
