"""The rule of includes.py, tried on small files: what lacks, what the own header gives, and where a header is put."""
import unittest

import includes
from text_tree import TextTree


def found(texts):
    return ["%s:%d: %s" % f for f in includes.own_includes(TextTree(texts), None)]


class OwnIncludes(unittest.TestCase):
    def check(self, texts, *expected):
        out = found(texts)
        self.assertEqual(len(out), len(expected), out)
        for line, part in zip(out, expected):
            self.assertIn(part, line)

    def test_all_there(self):
        self.check({"proxy/io/a.hpp": "#pragma once\n#include <vector>\nstd::vector<int> a;\n"})

    def test_one_is_missing(self):
        self.check({"proxy/io/a.hpp": "#pragma once\n#include <string>\nstd::vector<int> a;\n"}, "proxy/io/a.hpp:3: std::vector needs <vector>")

    def test_each_header_once(self):
        self.check({"proxy/io/a.cpp": "std::pair<int, int> a = std::make_pair(1, 2);\n"}, "a.cpp:1: std::pair needs <utility>")

    def test_the_own_header_gives_what_it_includes(self):
        header = {"proxy/io/a.hpp": "#pragma once\n#include <string>\nstd::string a();\n"}
        self.check({**header, "proxy/io/a.cpp": "#include \"io/a.hpp\"\nstd::string a() { return {}; }\n"})
        self.check({**header, "proxy/io/b.hpp": "#pragma once\n", "proxy/io/b.cpp": "#include \"io/b.hpp\"\n#include \"io/a.hpp\"\nstd::string b() { return {}; }\n"},
                   "proxy/io/b.cpp:3: std::string needs <string>")

    def test_what_others_see_is_an_own_header_too(self):
        self.check({"common/include/waggle/base/a.hpp": "#include <string>\n", "common/base/a.cpp": "#include <waggle/base/a.hpp>\nstd::string a;\n"})

    def test_texts_and_comments_use_nothing(self):
        self.check({"proxy/io/a.cpp": "// std::vector\nconst char* a = \"std::string\";  /* std::map */\n"})

    def test_tests_are_left_alone(self):
        self.check({"tests/unit/a.cpp": "std::vector<int> a;\n"})


class WithIncludes(unittest.TestCase):
    def check(self, before, headers, after):
        self.assertEqual("\n".join(includes.with_includes(before.splitlines(), headers)), after)

    def test_into_the_last_block_of_standard_headers(self):
        self.check("#include \"io/a.hpp\"\n\n#include <sys/socket.h>\n\n#include <array>\n#include <string>\n\nint a;", ["map"],
                   "#include \"io/a.hpp\"\n\n#include <sys/socket.h>\n\n#include <array>\n#include <map>\n#include <string>\n\nint a;")

    def test_behind_other_headers(self):
        self.check("#include \"io/a.hpp\"\n\nint a;", ["map"], "#include \"io/a.hpp\"\n\n#include <map>\n\nint a;")

    def test_behind_pragma_once(self):
        self.check("// A.\n#pragma once\n\nint a;", ["map", "array"], "// A.\n#pragma once\n\n#include <array>\n#include <map>\n\nint a;")

    def test_into_a_file_without_any(self):
        self.check("// A.\nint a;", ["map"], "// A.\n#include <map>\n\nint a;")
