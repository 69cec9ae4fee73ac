"""The rule of functions.py, tried on small files: what is a function, where it ends, and how long is too long."""
import unittest

import functions
from text_tree import TextTree


def with_lines(n, head="void f()"):
    """A function whose braces are n lines apart, both lines included."""
    return head + " {\n" + "  g();\n" * (n - 2) + "}\n"


class WhatAFunctionIs(unittest.TestCase):
    def check(self, text, *expected):
        self.assertEqual(list(functions.functions(text)), list(expected))

    def test_a_plain_one(self):
        self.check("int f(int a) {\n  return a;\n}\n", (1, "f", 3))

    def test_of_a_class_in_a_namespace(self):
        self.check("namespace a::b {\nstruct c : d {\n  int e() const noexcept { return 1; }\n};\nvoid c::f() {\n}\n}\n", (3, "e", 1), (5, "c::f", 2))

    def test_constructors_and_operators(self):
        self.check("a::a(int b) : c_(b), d_{1} {\n}\na::~a() {\n}\nbool a::operator==(const a& b) const {\n}\n", (1, "a::a", 2), (3, "a::~a", 2), (5, "a::operator==", 2))

    def test_a_template(self):
        self.check("template <class T>\nauto f(T t) -> decltype(t) {\n  return t;\n}\n", (2, "f", 3))

    def test_lambdas_belong_to_what_they_stand_in(self):
        self.check("void f() {\n  each([](int a) {\n    g(a);\n  });\n}\n", (1, "f", 5))

    def test_tables_are_none(self):
        self.check("constexpr row rows[] = {\n  {\"a\", f(1)},\n  {\"b\", [](int a) {\n    return a;\n  }},\n};\nenum class e { a, b };\n")

    def test_braces_in_texts_and_comments_do_not_count(self):
        self.check("void f() {\n  // }\n  g(\"}\", '}', R\"({{)\", 1'000);  /* }\n */\n}\n#define OPEN {\nvoid h() {\n}\n", (1, "f", 5), (7, "h", 2))


class FunctionLength(unittest.TestCase):
    def found(self, path, text):
        warned = []
        failed = list(functions.function_length(TextTree({path: text}), lambda *w: warned.append(w)))
        return failed, warned

    def test_short(self):
        self.assertEqual(self.found("proxy/io/a.cpp", with_lines(60)), ([], []))

    def test_long_is_a_warning(self):
        for n in (61, 80):
            failed, warned = self.found("proxy/io/a.cpp", "\n" + with_lines(n))
            self.assertEqual(failed, [])
            self.assertEqual(warned, [("proxy/io/a.cpp", 2, "f has %d lines; more than 60 asks for a second idea's own function" % n)])

    def test_too_long_fails(self):
        failed, warned = self.found("proxy/io/a.hpp", with_lines(81))
        self.assertEqual(failed, [("proxy/io/a.hpp", 1, "f has 81 lines; 80 is the limit")])
        self.assertEqual(warned, [])

    def test_tests_may_be_long(self):
        self.assertEqual(self.found("tests/unit/a.cpp", with_lines(200)), ([], []))
