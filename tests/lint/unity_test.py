"""The rule of unity.py, tried on small files."""
import unittest

import unity


class Tree:
    def __init__(self, texts):
        self.texts, self.files = texts, sorted(texts)

    def lines(self, path):
        return self.texts[path].splitlines()


def own(inside, outside=""):
    return 'namespace waggle {\nnamespace {\n\n%s\n\n}  // namespace\n%s\n}\n' % (inside, outside)


class UnityNames(unittest.TestCase):
    def check(self, one, other, *names, module="proxy"):
        tree = Tree({module + "/io/a.cpp": one, module + "/worker/b.cpp": other})
        out = ["%s:%d: %s" % f for f in unity.unity_names(tree, None)]
        self.assertEqual(len(out), 2 * len(names), out)
        for name in names:
            self.assertTrue(any(": %s stands in %s/worker/b.cpp" % (name, module) in line for line in out), out)

    def test_values_types_and_functions(self):
        for text in ("constexpr std::size_t most = 16, least = 1;  // }", "struct most {\n  int a = 0;\n};", "enum class most { a };", "std::array<std::pair<int, long>, 3> most{{1, 2}};",
                     "template <class T>\nT most(const T& a) {\n  return a;\n}", "int most(int a);", "using most = int;"):
            self.check(own(text), own("constexpr int most = 1;"), "most")

    def test_the_line_is_that_of_the_name(self):
        tree = Tree({"proxy/io/a.cpp": own("// why\n\nint most = 1;"), "proxy/worker/b.cpp": own("int most = 2;")})
        self.assertEqual([f[1] for f in unity.unity_names(tree, None)], [6, 4])

    def test_functions_that_differ_in_their_parameters(self):
        self.check(own("int f(int a) { return a; }"), own("int f(const char* a) { return *a; }"))
        self.check(own("int f(int a) { return a; }"), own("int f(int b = 1) { return b; }"), "f")

    def test_what_is_within_something_else(self):
        self.check(own("struct a {\n  int most = 1;\n  int f() { return most; }\n};\nint g() {\n  int most = 2;\n  return most;\n}"), own("int most = 1;\nint f() { return 1; }"))

    def test_what_is_everybodys(self):
        self.check(own("", "int most = 1;"), own("int most = 1;"))

    def test_saying_the_same_twice(self):
        self.check(own("using json = nlohmann::json;"), own("using json = nlohmann::json;"))
        self.check(own("using json = nlohmann::json;"), own("using json = nlohmann::ordered_json;"), "json")

    def test_text_is_no_code(self):
        self.check(own('const char* a = "}; int most = 1; {";\nchar c = \'}\';\n/* int most = 1; */'), own("int most = 1;"))

    def test_modules_that_are_compiled_apart(self):
        self.check(own("int most = 1;"), own("int most = 1;"), module="discovery/app")
