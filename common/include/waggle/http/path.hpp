// The path of a URI, encoded and decoded. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace waggle::http {

/// Appends `decoded` as a URI path: bytes outside the grammar are percent-encoded; "%2F" stays as it is.
void append_encoded_path(std::string& out, std::string_view decoded);

/// Decodes as matching does: everything but %2F. The input is grammatical.
std::string decode_path(std::string_view path);
/// The same. @param out  as long as the path. @return how much was written.
std::size_t decode_path(std::string_view path, char* out) noexcept;

}  // namespace waggle::http
