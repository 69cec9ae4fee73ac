// What the dashboard shows, looked at once a second for all who watch. It knows since which look each piece is as it is, so
// that a viewer is one number: the look that it saw last. Thread: the API's.
#pragma once

#include "admin/story.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace waggle::app::admin {

class live_report {
 public:
  /// @param from  outlives this
  explicit live_report(const sources& from) : from_(from) {}

  /// Looks again if the last look is a second old. @return the last look's number, from 1 on.
  std::uint64_t look();
  /// A JSON object: the head, and each piece that is not as it was at look `seen` (0: everything). After look().
  const std::string& news_since(std::uint64_t seen);

 private:
  /// The pieces of one sort.
  struct pieces {
    struct piece {
      std::size_t mark = 0;              ///< hash of its text
      std::uint64_t since = 0, met = 0;  ///< looks
    };
    std::unordered_map<std::string, piece> known;
    std::vector<std::uint64_t> since;  ///< of the last look's, in its order
    void note(const std::string& key, const std::string& text, std::uint64_t now);
  };

  void sort_out();
  void forget_gone();
  void take_changes();
  std::string told(std::uint64_t seen) const;
  template <class Visit>
  void each_stream(Visit&& visit) const;

  const sources& from_;
  std::optional<picture> picture_;
  base::mono_time looked_at_{};  ///< when the last look was done
  std::uint64_t number_ = 0;
  pieces services_, backends_, servers_;
  pieces streams_, ends_;                                          ///< TCP and UDP services, and their servers
  std::deque<std::pair<std::uint64_t, std::string>> gone_;         // look, service
  std::deque<std::pair<std::uint64_t, numbered_change>> changes_;  // look that brought it, change
  std::unordered_map<std::uint64_t, std::string> told_;            // by `seen`: most viewers saw the same look last
};

}  // namespace waggle::app::admin
