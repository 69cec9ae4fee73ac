// The labels of all servers as text, which every family of theirs shares: made once for a table, for every scrape of it.
#pragma once

#include <waggle/proxy/figures.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::app::admin {

class server_labels {
 public:
  explicit server_labels(const proxy::figures& of);

  /// Servers to tell of: each once, though two providers may name one alike.
  std::size_t size() const noexcept { return all_.size(); }
  /// Index in figures::servers.
  std::size_t index(std::size_t i) const noexcept { return all_[i].index; }
  /// As exposition::render makes them.
  std::string_view labels(std::size_t i) const noexcept { return part(all_[i].from, all_[i].end); }
  // backend and url alone are the beginning and the end of that.
  std::string_view backend(std::size_t i) const noexcept { return part(all_[i].from, all_[i].backend_end); }
  std::string_view url(std::size_t i) const noexcept { return part(all_[i].url_from, all_[i].end); }

 private:
  struct one {
    std::uint32_t index, from, backend_end, url_from, end;
  };
  std::string_view part(std::uint32_t from, std::uint32_t end) const noexcept { return std::string_view(text_).substr(from, end - from); }
  std::vector<one> all_;
  std::string text_;
};

/// The labels of the newest table that was asked for. Thread: one.
class kept_labels {
 public:
  std::shared_ptr<const server_labels> of(const proxy::figures& f) {
    if (!last_ || f.generation == 0 || f.generation != generation_) {
      last_.reset();  // not two at once
      last_ = std::make_shared<server_labels>(f);
      generation_ = f.generation;
    }
    return last_;
  }

 private:
  std::shared_ptr<const server_labels> last_;
  std::uint64_t generation_ = 0;
};

}  // namespace waggle::app::admin
