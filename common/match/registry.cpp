#include "match/registry.hpp"

namespace waggle::match {
namespace {

constexpr matcher_row rows[] = {
    {"Host", build_host},
    {"HostRegexp", build_host_regexp},
    {"Path", build_path},
    {"PathStrip", build_path_strip},
    {"PathStripRegex", build_path_strip_regex},
    {"PathPrefix", build_path_prefix},
    {"PathPrefixStrip", build_path_prefix_strip},
    {"PathPrefixStripRegex", build_path_prefix_strip_regex},
    {"Method", build_method},
    {"Headers", build_headers},
    {"HeadersRegexp", build_headers_regexp},
    {"Query", build_query},
    {"AddPrefix", build_add_prefix},
    {"ReplacePath", build_replace_path},
    {"ReplacePathRegex", build_replace_path_regex},
};

}  // namespace

std::span<const matcher_row> registry() noexcept { return rows; }

}  // namespace waggle::match
