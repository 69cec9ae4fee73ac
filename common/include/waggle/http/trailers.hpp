// Which trailer fields of an answer may pass: announced ones that are not about framing, routing, authentication or
// caching (RFC 9110 §6.5.1). They are never merged into a head. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace waggle::http {

/// Members of a Trailer field that are heeded; of a longer one, none.
inline constexpr std::size_t most_announced = 128;

/// Cost: O(size of both). @param lines  "Name: value\r\n" each, checked by the chunk decoder; @param announced  value of the Trailer field.
std::string announced_trailers(std::string_view lines, std::string_view announced);

/// The same for who said that trailers are welcome (TE: trailers): announced or not.
std::string harmless_trailers(std::string_view lines);

}  // namespace waggle::http
