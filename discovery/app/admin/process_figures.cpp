#include "admin/process_figures.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace waggle::app::admin {
namespace {

/// Unix time of the last boot; 0: unknown.
double boot_time() {
  std::ifstream in("/proc/stat");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0;
}

std::uint64_t count_files() {
  DIR* const all = opendir("/proc/self/fd");
  if (all == nullptr) return 0;
  std::uint64_t n = 0;
  while (const dirent* const one = readdir(all)) n += one->d_name[0] != '.';
  closedir(all);
  return n - 1;  // the listing's own
}

}  // namespace

process_figures read_process_figures() {
  process_figures out;
  std::ifstream in("/proc/self/stat");
  std::string text;
  std::getline(in, text);
  // proc(5): the name, in brackets, may hold anything; field 3 follows its last bracket.
  std::istringstream rest(text.substr(text.rfind(')') == std::string::npos ? text.size() : text.rfind(')') + 1));
  std::vector<std::string> field(3);
  for (std::string one; rest >> one;) field.push_back(std::move(one));
  if (field.size() > 24) {
    const double tick = static_cast<double>(sysconf(_SC_CLK_TCK));
    out.cpu_seconds = (std::stod(field[14]) + std::stod(field[15])) / tick;
    out.threads = std::stoull(field[20]);
    out.started = boot_time() + std::stod(field[22]) / tick;
    out.virtual_bytes = std::stoull(field[23]);
    out.resident_bytes = std::stoull(field[24]) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }
  out.open_files = count_files();
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) out.most_files = files.rlim_cur;
  return out;
}

}  // namespace waggle::app::admin
