"""The rule of classes.py, tried on small headers."""
import unittest

import classes
from text_tree import TextTree


class Counts(unittest.TestCase):
    def check(self, body, functions, data):
        found = {name: (f, d) for _, name, f, d in classes.classes("namespace a {\nclass x final : public y<z> {\n public:\n%s\n};\n}\n" % body)}
        self.assertEqual(found["x"], (functions, data))

    def test_functions(self):
        self.check("  explicit x(int a) : b_{a}, c_(a) {}\n  ~x();\n  int f() const noexcept { return g({1, 2}); }\n  template <class T>\n  void h(T&& t) {\n    if (t) { t(); }\n  }\n"
                   "  bool operator==(const x&) const = default;\n  x(const x&) = delete;\n  static constexpr int k(int a) { return a; }", 6, 0)

    def test_data(self):
        self.check("  int a = 0, b = 0;\n  std::function<void(int)> f;\n  std::array<std::pair<int, int>, 3> c{{1, 2}};\n  std::atomic<bool> d{false};\n  io::loop& loop_;\n  int (*g)(int);", 0, 7)

    def test_what_is_neither(self):
        self.check("  using t = int;\n  static constexpr int most = 3;\n  friend class w;\n  enum class e { a, b };\n  static_assert(most > 2);", 0, 0)

    def test_a_class_within_counts_for_itself(self):
        text = "struct x {\n  struct in {\n    int a, b;\n    void f();\n  };\n  in one;\n  void g();\n};\n"
        self.assertEqual(list(classes.classes(text)), [(2, "in", 1, 2), (1, "x", 1, 1)])


class ClassSize(unittest.TestCase):
    def check(self, above, members, *expected):
        text = "\n".join([*above, "struct x {", *["  int a%d = 0;" % i for i in range(members)], "};", ""])
        out = ["%s:%d: %s" % f for f in classes.class_size(TextTree({"proxy/io/x.hpp": text}), None)]
        self.assertEqual(out, list(expected))

    def test_the_limit(self):
        self.check([], 30)
        self.check(["// What it is."], 31, "proxy/io/x.hpp:2: x has 0 functions and 31 data members; say why (Large:) or make it smaller")

    def test_a_reason(self):
        self.check(["/// What it is.", "// Large: for a reason.", "template <class T>"], 31)
        self.check(["// Large: of another one.", "int y;"], 31, "proxy/io/x.hpp:3: x has 0 functions and 31 data members; say why (Large:) or make it smaller")
