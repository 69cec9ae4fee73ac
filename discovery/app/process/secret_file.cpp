#include "process/secret_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace waggle::app {

base::text_result<std::string> read_secret(const std::string& path) {
  using boost::system::in_place_value;  // a text alone could be the value or the reason
  constexpr std::size_t least = 16, most = 4'096;
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::text_error{std::string("cannot be read: ") + std::strerror(errno)};
  std::string out(most + 1, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (in.bad()) return base::text_error{"cannot be read"};
  out.resize(static_cast<std::size_t>(in.gcount()));
  if (out.size() > most) return base::text_error{"is longer than 4096 bytes"};
  while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.pop_back();
  if (out.size() < least) return base::text_error{"holds fewer than 16 bytes; make one with: openssl rand -hex 32"};
  return base::text_result<std::string>(in_place_value, std::move(out));
}

}  // namespace waggle::app
