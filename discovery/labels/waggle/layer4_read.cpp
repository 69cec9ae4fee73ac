#include "labels/waggle/layer4_read.hpp"

#include "labels/address_text.hpp"
#include "labels/go_value.hpp"

#include <waggle/base/log.hpp>
#include <waggle/match/regex.hpp>

#include <algorithm>
#include <utility>

namespace waggle::discovery::waggle_labels {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t longest_own_name = 128, longest_bytes = 4096, longest_alpn = 255;

std::string quoted(std::string_view text) { return base::go_quote(shown(text, most_shown)); }

std::optional<std::int64_t> whole_of(std::string_view text) {
  const auto value = parse_go_int(trimmed(text), "ParseInt");
  return value.has_value() ? std::optional(*value) : std::nullopt;
}

/// Nothing in the list is an error: an empty lock would be open.
std::vector<std::string> items_of(label_notes& notes, const label_use& use, const char* fix) {
  auto out = split_list(use.value);
  if (out.empty()) refuse(notes, use, "is empty", fix);
  return out;
}

}  // namespace

void refuse(label_notes& notes, const label_use& use, std::string text, std::string fix) {
  notes.diagnostics.push_back(about_label(model::severity::error, "bad-value", use, std::move(text), std::move(fix)));
}

void read_port(label_notes& notes, const label_use& use, std::uint16_t& slot) {
  const auto port = whole_of(use.value);
  if (!port || *port < 1 || *port > 65535) return refuse(notes, use, "is not a port number", "write a number from 1 to 65535");
  slot = static_cast<std::uint16_t>(*port);
}

void read_whole(label_notes& notes, const label_use& use, const whole_range& range, std::uint32_t& slot) {
  const auto value = whole_of(use.value);
  const std::string words = std::to_string(range.least) + " to " + std::to_string(range.most);
  if (!value || *value < range.least || *value > range.most) return refuse(notes, use, "is no number from " + words, "write a number from " + words);
  slot = static_cast<std::uint32_t>(*value);
}

void read_time(label_notes& notes, const label_use& use, const time_range& range, milliseconds& slot) {
  const auto ns = parse_go_duration(trimmed(use.value));
  const std::string words(range.words);
  if (!ns || *ns < 0 ||
      !((*ns == 0 && range.or_zero) || (*ns >= std::chrono::nanoseconds(range.least).count() && *ns / 1'000'000 <= range.most.count())))
    return refuse(notes, use, "is no duration of " + words, "write a duration of " + words + ", such as 10s");
  slot = milliseconds(*ns / 1'000'000);
}

void read_flag(label_notes& notes, const label_use& use, bool& slot) {
  const auto value = parse_go_bool(trimmed(use.value));
  if (value.has_error()) return refuse(notes, use, "is not a boolean", "write true or false");
  slot = *value;
}

void read_name(label_notes& notes, const label_use& use, std::string& slot) {
  const auto name = trimmed(use.value);
  const bool good = !name.empty() && name.size() <= longest_own_name && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
  if (!good) return refuse(notes, use, "is no name", "write letters, digits, dots, - and _, at most 128");
  slot = name;
}

void read_names(label_notes& notes, const label_use& use, std::vector<std::string>& slot) {
  slot = items_of(notes, use, "write the name of an entry point, or several with commas between, or remove the label");
}

void read_addresses(label_notes& notes, const label_use& use, std::vector<std::string>& slot) {
  slot = items_of(notes, use, "write addresses and blocks such as 10.0.0.0/8 with commas between, or remove the label to let all in");
  const auto bad = std::find_if_not(slot.begin(), slot.end(), [](const std::string& s) { return is_ip_range(s); });
  if (bad != slot.end()) refuse(notes, use, quoted(*bad) + " is neither an address nor a block", "write it as 10.1.2.3 or 10.0.0.0/8");
}

void read_server_names(label_notes& notes, const label_use& use, std::vector<std::string>& slot) {
  std::vector<std::string> out;
  bool any = false;
  for (const std::string& item : items_of(notes, use, "write names such as db.example or *.db.example with commas between")) {
    if (item == "*") {
      any = true;
      continue;
    }
    auto name = server_name_pattern(item);
    if (!name)
      return refuse(notes, use, quoted(item) + " is no name that clients send",
                    is_ip_address(item) ? "write a name: TLS clients send none for an address" : "write it as db.example or *.db.example");
    out.push_back(std::move(*name));
  }
  if (any) out.clear();
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  slot = std::move(out);
}

void read_protocols(label_notes& notes, const label_use& use, std::vector<std::string>& slot) {
  auto out = items_of(notes, use, "write the protocols as ALPN names them, such as h2,http/1.1");
  for (const std::string& p : out) {
    if (p.size() > longest_alpn) return refuse(notes, use, "a name of a protocol is longer than 255 bytes", "write the protocols as ALPN names them");
    if (p == "acme-tls/1")
      return refuse(notes, use, "acme-tls/1 is never routed: whoever gets it can have certificates made for the name", "remove it from the list");
  }
  slot = std::move(out);
}

void read_scheduler(label_notes& notes, const label_use& use, std::optional<model::scheduler>& slot) {
  const auto word = trimmed(use.value);
  if (const auto known = model::find_scheduler(word)) {
    slot = known;
    return;
  }
  std::string all;
  for (const auto& row : model::scheduler_words) all += (all.empty() ? "" : ", ") + std::string(row.word);
  if (const auto* other = model::find_foreign_scheduler(word))
    return refuse(notes, use, "is a scheduler of " + std::string(other->of) + " that waggle does not serve",
                  "write " + std::string(model::word_of(other->instead)) + ", which comes nearest");
  refuse(notes, use, "is no scheduler", "write one of " + all);
}

void read_scheduler_flags(label_notes& notes, const label_use& use, model::scheduling& slot) {
  for (const std::string& item : items_of(notes, use, "write port, fallback or both with a comma between")) {
    const auto* flag = model::find_scheduler_flag(item);
    if (flag == nullptr) return refuse(notes, use, quoted(item) + " is no flag of a scheduler", "write port, fallback or both with a comma between");
    (flag->flag == model::scheduler_flag::port ? slot.by_port : slot.fallback) = true;
  }
}

void read_persistence(label_notes& notes, const label_use& use, std::optional<model::persistence>& slot, bool& asked) {
  using namespace std::chrono_literals;
  static constexpr time_range range{1s, 744h, true, "1s to 744h, true or false"};  // 31 days: as far as ipvsadm goes
  const auto word = trimmed(use.value);
  auto& options = slot ? *slot : slot.emplace();
  const auto whole = whole_of(word);
  const auto flag = whole ? base::text_result<bool>(base::text_error{}) : parse_go_bool(word);  // 1 is a second
  if (flag.has_value()) {
    asked = *flag;
    return;
  }
  milliseconds timeout{-1};
  read_time(notes, use, range, timeout);
  asked = timeout.count() > 0;
  if (asked) options.timeout = timeout;
}

void read_netmask(label_notes& notes, const label_use& use, std::uint8_t most, std::uint8_t& slot) {
  const auto text = trimmed(use.value);
  std::optional<std::int64_t> bits = whole_of(text.starts_with('/') ? text.substr(1) : text);
  if (!bits && most == 32)
    if (const auto prefix = prefix_of_mask(text)) bits = *prefix;
  if (!bits || *bits < 1 || *bits > most) {
    const std::string words = "a prefix length from 1 to " + std::to_string(most);
    return refuse(notes, use, "is no mask", "write " + words + (most == 32 ? " or a mask such as 255.255.255.0" : ""));
  }
  slot = static_cast<std::uint8_t>(*bits);
}

void read_proxy_protocol(label_notes& notes, const label_use& use, std::uint8_t& slot) {
  const auto word = trimmed(use.value);
  if (word == "1" || word == "v1") slot = 1;
  else if (word == "2" || word == "v2") slot = 2;
  else if (word == "0" || word == "off" || word == "false") slot = 0;
  else refuse(notes, use, "is no version of the PROXY protocol", "write 1 or 2, or remove the label");
}

void read_bytes(label_notes& notes, const label_use& use, std::string& slot) {
  auto bytes = unescape_go(use.value);
  if (!bytes) return refuse(notes, use, bytes.error().reason, R"(write bytes with Go's escapes, such as PING\r\n; a backslash is \\)");
  if (bytes->empty() || bytes->size() > longest_bytes)
    return refuse(notes, use, bytes->empty() ? "is empty" : "is longer than 4096 bytes", "write 1 to 4096 bytes");
  slot = std::move(*bytes);
}

void read_expected(label_notes& notes, const label_use& use, model::tcp_health_check& slot) {
  if (!use.value.starts_with('~')) {
    slot.expect_regex = false;
    return read_bytes(notes, use, slot.expect);
  }
  const std::string_view pattern = use.value.substr(1);
  if (pattern.empty() || pattern.size() > longest_bytes)
    return refuse(notes, use, pattern.empty() ? "has no expression behind the ~" : "is longer than 4096 bytes", "write 1 to 4096 bytes behind the ~");
  if (const auto compiled = match::compile_regex(pattern); !compiled)
    return refuse(notes, use, "is no regular expression: " + compiled.error().reason, "write one in Go's syntax behind the ~");
  slot.expect_regex = true;
  slot.expect = pattern;
}

void read_on_down(label_notes& notes, const label_use& use, model::on_server_down& slot) {
  const auto word = trimmed(use.value);
  if (word == "keep") slot = model::on_server_down::keep;
  else if (word == "reset") slot = model::on_server_down::reset;
  else refuse(notes, use, "is not what can happen to open connections", "write keep or reset");
}

void read_offload(label_notes& notes, const label_use& use) {
  const auto word = trimmed(use.value);
  if (word == "none") return;
  if (word != "kernel") return refuse(notes, use, "is no kind of offload", "remove the label");
  notes.diagnostics.push_back(about_label(model::severity::warning, "not-served", use,
                                          "kernel offload is not served; connections are relayed by waggle, with all that the other labels ask for",
                                          "remove the label"));
}

}  // namespace waggle::discovery::waggle_labels
