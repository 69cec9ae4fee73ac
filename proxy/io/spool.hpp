// Bytes that are kept whole before they go on: in memory up to a limit, the rest in an unnamed temporary file. Can be read
// again from the start.
#pragma once

#include "io/buffer_pool.hpp"
#include "io/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::proxy::io {

class spool {
 public:
  static constexpr std::size_t least_memory = 64 * 1024, most_memory = 4 * 1024 * 1024;

  /// @param memory  wished for by label; what is not in memory is in a file in /tmp or /var/tmp.
  /// @param counted  where its memory counts; outlives it.
  spool(std::uint64_t memory, buffer_pool& counted) noexcept;
  ~spool();
  spool(const spool&) = delete;

  /// @return false: no place for it (disk full, no directory for temporary files).
  bool append(std::string_view bytes);
  std::uint64_t size() const noexcept { return memory_.size() + in_file_; }
  /// Writes bytes from position `at` on; as stream::write, at most 64 KiB at a time. error EIO: the file cannot be read.
  io_result send(stream& to, std::uint64_t at) const;
  bool on_disk() const noexcept { return file_ >= 0; }

 private:
  std::size_t limit_;
  buffer_pool& counted_;
  std::string memory_;
  int file_ = -1;
  std::uint64_t in_file_ = 0;
};

}  // namespace waggle::proxy::io
