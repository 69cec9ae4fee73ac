#include "middleware/predicate.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace waggle::proxy::middleware {

/// Of the checked tree: `all`/`any` have two branches, `compare` a call and a literal, `call` stands for itself.
struct predicate::node {
  enum class kind : std::uint8_t { all, any, compare, call } is = kind::call;
  enum class order : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal } by = order::equal;
  std::shared_ptr<const node> left, right;
  std::size_t function = 0;
  std::vector<predicate_value> arguments;
  predicate_value literal;
};

namespace {

using node = predicate::node;
using type = predicate_function::type;

constexpr std::size_t max_text = 4096;
constexpr int max_depth = 64;  // parentheses; a label must not decide how deep we recurse

struct token {
  enum class kind : std::uint8_t { end, name, integer, real, text, mark, bad } is = kind::end;
  std::string_view text;
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class lexer {
 public:
  explicit lexer(std::string_view text) : rest_(text) { advance(); }
  const token& now() const noexcept { return now_; }
  bool is(std::string_view mark) const noexcept { return now_.is == token::kind::mark && now_.text == mark; }
  void advance() {
    while (!rest_.empty() && (rest_[0] == ' ' || (rest_[0] >= '\t' && rest_[0] <= '\r'))) rest_.remove_prefix(1);
    now_ = rest_.empty() ? token{} : scan();
    rest_.remove_prefix(now_.text.size());
  }

 private:
  token scan() const {
    const char c = rest_[0];
    std::size_t n = 1;
    if (is_letter(c)) {
      while (n < rest_.size() && (is_letter(rest_[n]) || is_digit(rest_[n]))) ++n;
      return {token::kind::name, rest_.substr(0, n)};
    }
    if (is_digit(c) || (c == '.' && rest_.size() > 1 && is_digit(rest_[1]))) {
      bool real = c == '.';
      for (; n < rest_.size(); ++n) {
        const char d = rest_[n];
        if (is_digit(d)) continue;
        if (d == '.' || d == 'e' || d == 'E' || ((d == '+' || d == '-') && (rest_[n - 1] == 'e' || rest_[n - 1] == 'E'))) real = true;
        else break;
      }
      return {real ? token::kind::real : token::kind::integer, rest_.substr(0, n)};
    }
    if (c == '"' || c == '`') {
      while (n < rest_.size() && rest_[n] != c) n += c == '"' && rest_[n] == '\\' ? 2 : 1;
      return n < rest_.size() ? token{token::kind::text, rest_.substr(0, n + 1)} : token{token::kind::bad, rest_};
    }
    for (const std::string_view two : {"&&", "||", "==", "!=", "<=", ">="})
      if (rest_.starts_with(two)) return {token::kind::mark, rest_.substr(0, 2)};
    return {std::string_view("<>(),.-+!*/").find(c) != std::string_view::npos ? token::kind::mark : token::kind::bad, rest_.substr(0, 1)};
  }
  std::string_view rest_;
  token now_;
};

/// What an expression is before it is joined: a predicate, a call that is not yet compared, or a literal.
struct operand {
  std::shared_ptr<node> tree;  ///< null: a literal
  bool is_predicate = false;
  type result = type::truth;  ///< of a call
  predicate_value literal;
};

std::string_view go_name(type t) {
  switch (t) {
    case type::integer: return "int";
    case type::real: return "float64";
    case type::text: return "string";
    case type::truth: break;
  }
  return "bool";
}
type type_of(const predicate_value& v) { return static_cast<type>(v.index()); }

class parser {
 public:
  parser(std::string_view text, std::span<const predicate_function> functions) : in_(text), functions_(functions) {}

  /// Left to right, first fault wins (as in Traefik, where each operator joins what its sides gave).
  std::shared_ptr<node> whole() {
    const operand out = either();
    if (failed()) return nullptr;
    if (in_.now().is != token::kind::end) return fail("expected operator, found '" + std::string(in_.now().text) + "'"), nullptr;
    if (!out.is_predicate) return fail("expected predicate, got " + std::string(out.tree ? "function" : go_name(type_of(out.literal)))), nullptr;
    return out.tree;
  }
  bool failed() const noexcept { return !reason_.empty(); }
  const std::string& reason() const noexcept { return reason_; }

 private:
  void fail(std::string why) {
    if (reason_.empty()) reason_ = std::move(why);
  }

  operand either() {
    return joined("||", node::kind::any, [this] { return both(); });
  }
  operand both() {
    return joined("&&", node::kind::all, [this] { return comparison(); });
  }

  template <class Next>
  operand joined(std::string_view mark, node::kind kind, Next next) {
    operand left = next();
    while (!failed() && in_.is(mark)) {
      in_.advance();
      operand right = next();
      if (failed()) break;
      if (!left.is_predicate || !right.is_predicate) {
        fail("unsupported argument: both sides of " + std::string(mark) + " must be predicates");
        break;
      }
      auto tree = std::make_shared<node>();
      tree->is = kind;
      tree->left = std::move(left.tree);
      tree->right = std::move(right.tree);
      left = {std::move(tree), true, type::truth, {}};
    }
    return left;
  }

  operand comparison() {
    operand left = single();
    constexpr std::string_view marks[] = {"==", "!=", "<", "<=", ">", ">="};
    for (;;) {
      std::size_t i = 0;
      while (i < 6 && !in_.is(marks[i])) ++i;
      if (failed() || i == 6) return left;
      in_.advance();
      const operand right = single();
      if (failed()) return left;
      if (!left.tree || left.is_predicate) return fail("unsupported argument: only a function can be compared"), left;
      if (right.tree) return fail("expected " + std::string(go_name(left.result)) + ", got function"), left;
      if (type_of(right.literal) != left.result)
        return fail("expected " + std::string(go_name(left.result)) + ", got " + std::string(go_name(type_of(right.literal)))), left;
      if (left.result == type::text && i > 1) return fail("unsupported argument: string"), left;
      auto tree = std::make_shared<node>();
      tree->is = node::kind::compare;
      tree->by = static_cast<node::order>(i);
      tree->left = std::move(left.tree);
      tree->literal = right.literal;
      left = {std::move(tree), true, type::truth, {}};
    }
  }

  operand single() {
    const token t = in_.now();
    switch (t.is) {
      case token::kind::integer:
      case token::kind::real:
      case token::kind::text: return in_.advance(), literal(t);
      case token::kind::name: return in_.advance(), call(t.text);
      case token::kind::end: return fail("expected operand, found 'EOF'"), operand{};
      case token::kind::mark:
      case token::kind::bad: break;
    }
    if (in_.is("(")) {
      if (++depth_ > max_depth) return fail("too many parentheses"), operand{};
      in_.advance();
      operand inner = either();
      if (!failed() && !in_.is(")")) fail("expected ')'");
      in_.advance();
      --depth_;
      return inner;
    }
    if (in_.is("-") || in_.is("+") || in_.is("!") || in_.is("*")) return fail("unsupported *ast.UnaryExpr"), operand{};
    return fail("expected operand, found '" + std::string(t.text) + "'"), operand{};
  }

  operand literal(const token& t) {
    operand out;
    if (t.is == token::kind::text) {
      out.literal = std::string(t.text.substr(1, t.text.size() - 2));
      return out;
    }
    const char* const end = t.text.data() + t.text.size();
    std::from_chars_result r{};
    if (t.is == token::kind::integer) {
      std::int64_t n = 0;
      r = std::from_chars(t.text.data(), end, n);
      out.literal = n;
    } else {
      double d = 0;
      r = std::from_chars(t.text.data(), end, d);
      out.literal = d;
    }
    if (r.ec != std::errc{} || r.ptr != end) fail("invalid number '" + std::string(t.text) + "'");
    return out;
  }

  operand call(std::string_view name) {
    if (in_.is(".")) return fail("unsupported *ast.SelectorExpr"), operand{};
    if (!in_.is("(")) return fail("unsupported *ast.Ident"), operand{};
    in_.advance();
    std::size_t i = 0;
    while (i < functions_.size() && functions_[i].name != name) ++i;
    if (i == functions_.size()) return fail("unsupported function: " + std::string(name)), operand{};
    const predicate_function& f = functions_[i];
    auto tree = std::make_shared<node>();
    tree->function = i;
    while (!failed() && !in_.is(")")) {
      if (!tree->arguments.empty()) {
        if (!in_.is(",")) return fail("expected ',' or ')'"), operand{};
        in_.advance();
        if (in_.is(")")) break;
      }
      const token t = in_.now();
      if (t.is != token::kind::integer && t.is != token::kind::real && t.is != token::kind::text)
        return fail("arguments of " + std::string(name) + " must be literals"), operand{};
      in_.advance();
      tree->arguments.push_back(literal(t).literal);
      if (tree->arguments.size() > f.parameters.size()) break;
    }
    if (failed()) return {};
    in_.advance();
    if (tree->arguments.size() != f.parameters.size())
      return fail(std::string(name) + " takes " + std::to_string(f.parameters.size()) + " arguments"), operand{};
    for (std::size_t k = 0; k < f.parameters.size(); ++k)
      if (type_of(tree->arguments[k]) != f.parameters[k])
        return fail(std::string(name) + ": using " + std::string(go_name(type_of(tree->arguments[k]))) + " as type " +
                    std::string(go_name(f.parameters[k]))),
               operand{};
    return {std::move(tree), f.result == type::truth, f.result, {}};
  }

  lexer in_;
  std::span<const predicate_function> functions_;
  std::string reason_;
  int depth_ = 0;
};

template <class T>
bool compare(node::order by, const T& a, const T& b) {
  switch (by) {
    case node::order::equal: return a == b;
    case node::order::unequal: return a != b;
    case node::order::less: return a < b;
    case node::order::less_equal: return a <= b;
    case node::order::greater: return a > b;
    case node::order::greater_equal: break;
  }
  return a >= b;
}

bool holds_at(const node& n, const predicate::source& from) {
  switch (n.is) {
    case node::kind::all: return holds_at(*n.left, from) && holds_at(*n.right, from);
    case node::kind::any: return holds_at(*n.left, from) || holds_at(*n.right, from);
    case node::kind::call: {
      const predicate_value v = from.value(n.function, n.arguments);
      const bool* const truth = std::get_if<bool>(&v);
      return truth && *truth;
    }
    case node::kind::compare: break;
  }
  const predicate_value v = from.value(n.left->function, n.left->arguments);
  return v.index() == n.literal.index() && compare(n.by, v, n.literal);
}

bool uses_at(const node& n, std::size_t function) {
  if (n.is == node::kind::call) return n.function == function;
  return uses_at(*n.left, function) || (n.right && uses_at(*n.right, function));
}

}  // namespace

base::text_result<predicate> predicate::parse(std::string_view text, std::span<const predicate_function> functions) {
  if (text.size() > max_text) return base::text_error{"expression too long"};
  parser p(text, functions);
  auto tree = p.whole();
  if (p.failed()) return base::text_error{p.reason()};
  predicate out;
  out.root_ = std::move(tree);
  return out;
}

bool predicate::holds(const source& from) const { return holds_at(*root_, from); }
bool predicate::uses(std::size_t function) const noexcept { return uses_at(*root_, function); }

}  // namespace waggle::proxy::middleware
