#include "process/secret_file.hpp"

#include "temporary_dir.hpp"

#include "catch.hpp"

#include <fstream>

using namespace waggle::app;

TEST_CASE("a key's file: what is taken and what is refused", "[unit][app]") {
  const temporary_dir dir;
  const auto written = [&](const std::string& text) {
    const std::string path = dir.path() + "/key";
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    return read_secret(path);
  };
  CHECK(*written("0123456789abcdef") == "0123456789abcdef");
  CHECK(*written("0123456789abcdef\r\n\n") == "0123456789abcdef");  // what editors and echo put behind it
  CHECK(*written(std::string(16, '\0')) == std::string(16, '\0'));
  CHECK(*written(std::string(4096, 'k')) == std::string(4096, 'k'));
  CHECK_FALSE(written("0123456789abcde\n").has_value());
  CHECK_FALSE(written("").has_value());
  CHECK_FALSE(written(std::string(4097, 'k')).has_value());
  CHECK_FALSE(read_secret(dir.path() + "/none").has_value());
  CHECK_FALSE(read_secret(dir.path()).has_value());
}
