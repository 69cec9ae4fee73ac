// The bytes of the file as they are now, and a cheap sign that tells whether they may have changed.
#pragma once

#include <waggle/base/result.hpp>

#include <cstdint>
#include <string>

namespace waggle::discovery::file {

/// What stat(2) says of whatever the path leads to; all zero: nothing is there.
struct signature {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;
  bool operator==(const signature&) const = default;
};

signature look_at(const std::string& path);

/// @return why it cannot be read: absent, no permission, no regular file, larger than 16 MiB, empty.
base::text_result<std::string> read_content(const std::string& path);

}  // namespace waggle::discovery::file
