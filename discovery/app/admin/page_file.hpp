// The dashboard's files, compiled into the binary (cmake/Embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace waggle::app::admin {

struct page_file {
  std::string_view name, bytes;
};

std::span<const page_file> page_files() noexcept;

}  // namespace waggle::app::admin
