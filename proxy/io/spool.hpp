// Bytes that are kept whole before they go on: in memory up to a limit, the rest in an unnamed temporary file, which a side
// thread writes: a slow disk must not hold up a worker. Can be read again from the start.
#pragma once

#include "io/buffer_pool.hpp"
#include "io/side_threads.hpp"
#include "io/spool_room.hpp"
#include "io/stream.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace waggle::proxy::io {

class spool {
 public:
  static constexpr std::size_t least_memory = 64 * 1024, most_memory = 4 * 1024 * 1024;
  static constexpr std::size_t block = 256 * 1024;  ///< what is written at a time; as much may be waiting meanwhile

  /// What it takes from others; the references outlive it.
  struct place {
    buffer_pool& memory;  ///< where its memory counts
    std::size_t& files;   ///< … and its descriptor
    std::shared_ptr<spool_room> disk;
    side_threads::owner owner;    ///< the service: whose shares it takes
    std::shared_ptr<bell> rings;  ///< the worker's, when something was written
  };

  /// @param memory  wished for by label; what is not in memory is in a file in /tmp or /var/tmp.
  spool(std::uint64_t memory, place p);
  ~spool();
  spool(const spool&) = delete;

  enum class outcome : std::uint8_t { kept, no_room, failed };  ///< failed: disk full, no directory for temporary files
  outcome append(std::string_view bytes);
  /// What append() found no room for, once more.
  outcome again();
  /// As much waits to be written as may: wait for writing() before more is appended.
  bool is_behind() const noexcept { return tail_.size() >= block && writing(); }
  /// Done when what was handed to the disk is there; null: nothing is on its way. To be waited for before send().
  side_threads::ticket writing() const noexcept { return in_flight_ && !in_flight_->load(std::memory_order_acquire) ? in_flight_ : nullptr; }
  bool has_failed() const noexcept;

  std::uint64_t size() const noexcept { return memory_.size() + in_file_ + tail_.size(); }
  /// Writes bytes from position `at` on; as stream::write, at most 64 KiB at a time. error EIO: the file cannot be read.
  io_result send(stream& to, std::uint64_t at) const;
  bool on_disk() const noexcept { return file_ != nullptr; }

 private:
  struct file;
  outcome write_tail();

  const std::size_t limit_;
  place place_;
  std::string memory_, tail_;              ///< the beginning; what is behind the file's bytes
  std::shared_ptr<side_threads> threads_;  ///< set with file_
  std::shared_ptr<file> file_;
  std::uint64_t in_file_ = 0;  ///< written, or on its way
  std::size_t counted_ = 0;    ///< bytes of memory, with those on their way to the disk
  std::size_t flying_ = 0;
  side_threads::ticket in_flight_;
};

}  // namespace waggle::proxy::io
