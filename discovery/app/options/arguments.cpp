#include "options/arguments.hpp"

#include "options/table.hpp"
#include "options/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace waggle::app {
namespace {

constexpr std::string_view blanks = " \t\r\n\\";

/// Command lines that were written over several lines with a shell's backslashes arrive so: Docker makes " --docker.swarmmode"
/// of them, with a blank or a line break in front.
std::string_view cut_lead(std::string_view arg) {
  const std::size_t first = arg.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return arg[first] == '-' ? arg.substr(first) : arg;
}

/// Traefik 1 cuts everything before the first "--" of an argument. @return where that is; 0: nothing to cut.
std::size_t dashes_at(std::string_view arg) {
  if (arg.empty() || arg[0] == '-') return 0;
  const std::size_t at = arg.find("--");
  return at == std::string_view::npos || arg.find('=') < at || arg.size() < at + 3 ? 0 : at;
}

class argument_reader {
 public:
  argument_reader(const std::vector<std::string>& args, complaints& told) : args_(args), told_(told) {}

  arguments read() {
    read_command();
    for (; at_ < args_.size(); ++at_) {
      const std::string_view arg = cut_lead(args_[at_]);
      const std::size_t lead = dashes_at(arg);
      if (lead > 0)
        told_.warnings.push_back(
            fmt::format("Of the argument \"{}\" only {} counts, as in Traefik; remove what stands before it", arg, arg.substr(lead)));
      one(arg.substr(lead));
    }
    return std::move(read_);
  }

 private:
  void read_command() {
    // Traefik's image also takes its own name in front, as in "command: traefik --docker".
    if (at_ < args_.size() && (args_[at_] == "traefik" || args_[at_] == "waggle")) ++at_;
    if (at_ == args_.size()) return;
    static const std::map<std::string_view, command> commands{{"run", command::run},
                                                              {"version", command::version},
                                                              {"healthcheck", command::healthcheck},
                                                              {"storeconfig", command::storeconfig},
                                                              {"help", command::help}};
    if (const auto named = commands.find(args_[at_]); named != commands.end()) {
      read_.what = named->second;
      ++at_;
    }
  }

  void one(std::string_view arg) {
    if (arg.substr(0, 2) == "--" && arg.size() > 2) return long_flag(arg.substr(2));
    if (arg.size() > 1 && arg[0] == '-' && arg != "--") return short_flag(arg.substr(1));
    stray(arg);
  }

  void stray(std::string_view arg) {
    // Left over from a broken line or a YAML list; Traefik takes no notice of arguments that are no flags.
    if (arg.empty() || arg == "-") {
      told_.warnings.push_back(fmt::format("The argument \"{}\" says nothing and is ignored; remove it", args_[at_]));
      return;
    }
    if (arg == "bug") return told_.refuse("the command bug of Traefik is not served by waggle");
    const bool after_flag = at_ > 0 && cut_lead(args_[at_ - 1]).substr(0, 2) == "--";
    if (after_flag && parse_bool(arg)) return told_.refuse(fmt::format("unexpected argument: {}; write {}={}", arg, cut_lead(args_[at_ - 1]), arg));
    told_.refuse(fmt::format("unexpected argument: {}; commands are run, check, explain, status, version, healthcheck and help", arg));
  }

  void long_flag(std::string_view body) {
    const auto equals = body.find('=');
    const std::string name(equals == std::string_view::npos ? trim(body) : body.substr(0, equals));
    const std::string key = lower(name), shown = "--" + name;
    if (key == "help" || key == "version") {
      read_.what = key == "help" ? command::help : command::version;
      return;
    }
    const option_alias* alias = find_alias(key);
    const option_row* row = find_option(alias != nullptr ? alias->means : std::string_view(key));
    if (row == nullptr && find_unserved(key) == nullptr) return told_.refuse(unknown_option(shown, key));
    if (equals != std::string_view::npos) return assign(key, std::string(body.substr(equals + 1)), shown);
    if (row == nullptr) return unserved_value(key, shown);
    if (row->kind == option_kind::section || row->kind == option_kind::boolean) return assign(key, "true", shown);
    assign_next(key, shown);
  }

  /// A flag that is not served may have its value behind it; which of them need one is not known here.
  void unserved_value(const std::string& key, const std::string& shown) {
    const bool value = at_ + 1 < args_.size() && cut_lead(args_[at_ + 1]).substr(0, 1) != "-" && !args_[at_ + 1].empty();
    assign(key, value ? args_[++at_] : "true", shown);
  }

  void short_flag(std::string_view body) {
    const std::string shown{'-', body[0]};
    if (body == "h") {
      read_.what = command::help;
      return;
    }
    const option_row* row = find_letter(body[0]);
    const std::string_view rest = body.substr(1);
    const bool takes_value = row != nullptr && row->kind != option_kind::boolean;
    // "-docker" is a long flag with a dash too few, not -d with a value.
    if (row == nullptr || (!takes_value && !rest.empty() && rest[0] != '='))
      return told_.refuse(unknown_option(fmt::format("-{}", body), body.substr(0, body.find('='))));
    const std::string key = lower(row->name);
    if (!rest.empty()) return assign(key, std::string(rest[0] == '=' ? rest.substr(1) : rest), shown);
    if (!takes_value) return assign(key, "true", shown);
    // As in Traefik, -c takes what comes next for the file's name, whatever it looks like.
    if (row->letter == 'c' && at_ + 1 < args_.size() && args_[at_ + 1].substr(0, 2) == "--") {
      told_.warnings.push_back(
          fmt::format("-c takes the next argument, {}, for the name of a file, as in Traefik: "
                      "it is no flag then; give -c a file, or remove it",
                      args_[++at_]));
      return;
    }
    assign_next(key, shown);
  }

  void assign_next(const std::string& key, const std::string& shown) {
    if (at_ + 1 == args_.size() || cut_lead(args_[at_ + 1]).substr(0, 2) == "--")
      return told_.refuse(fmt::format("flag {} needs a value: {}=…", shown, shown));
    assign(key, args_[++at_], shown);
  }

  void assign(std::string key, std::string value, std::string shown) {
    read_.out.push_back({std::move(key), std::move(value), std::move(shown), false});
  }

  const std::vector<std::string>& args_;
  complaints& told_;
  arguments read_;
  std::size_t at_ = 0;
};

}  // namespace

std::string unknown_option(std::string_view shown, std::string_view key) {
  const std::string_view near = nearest_option(key);
  const std::string_view what = shown.front() == '-' ? "flag" : "option";
  if (near.empty()) return fmt::format("unknown {}: {}; waggle --help lists all", what, shown);
  return fmt::format("unknown {}: {}; did you mean --{}?", what, shown, near);
}

arguments read_arguments(const std::vector<std::string>& args, complaints& told) { return argument_reader(args, told).read(); }

}  // namespace waggle::app
