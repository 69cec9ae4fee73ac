"""The rules of paths.py, tried on a small tree."""
import unittest

import paths


class Tree:
    def __init__(self, texts):
        self.texts = {"proxy/exchange/forward.cpp": "", "proxy/decision/hold.hpp": "", "tests/e2e/run_test.py": "", **texts}
        self.files = sorted(self.texts)

    def lines(self, path):
        return self.texts[path].splitlines()


class NamedPaths(unittest.TestCase):
    def check(self, path, text, *expected):
        out = ["%s:%d: %s" % f for f in paths.named_paths(Tree({path: text}), None)]
        self.assertEqual(out, list(expected))

    def test_what_is_there_passes(self):
        for name in ("proxy/exchange/forward.cpp", "exchange/forward.cpp", "forward.cpp", "hold.hpp", "tests/e2e/run_test.py"):
            self.check("docs/a.md", "see `%s`" % name)
            self.check("proxy/exchange/x.hpp", "int a;  // see " + name)

    def test_a_file_that_has_moved_is_found_with_its_line(self):
        self.check("docs/a.md", "a\nsee `session/forward.cpp`: there", "docs/a.md:2: no such file: session/forward.cpp")
        self.check("proxy/exchange/x.hpp", "bool w;  ///< (exchange/hold.hpp)", "proxy/exchange/x.hpp:1: no such file: exchange/hold.hpp")
        self.check("tests/e2e/x.py", "a = 1  # as lost.py", "tests/e2e/x.py:1: no such file: lost.py")

    def test_the_end_of_a_name_is_not_the_file(self):
        self.check("docs/a.md", "`exchange/ward.cpp`", "docs/a.md:1: no such file: exchange/ward.cpp")

    def test_folders_of_documents(self):
        self.check("docs/a.md", "`proxy/exchange/`, `exchange/`, `tests/e2e/` are there, `/api/` is a path")
        self.check("docs/a.md", "`session/` is not", "docs/a.md:1: no such folder: session/")

    def test_code_names_what_it_likes(self):
        self.check("proxy/exchange/x.cpp", '#include "exchange/gone.hpp"\nauto a = "made.cpp";')

    def test_any_file_and_foreign_ones(self):
        self.check("docs/a.md", "`proxy/balance/NAME.hpp`, `tests/KIND_test.cpp`, `boost/asio.hpp`, `{a,b}.cpp`, `*_rows.cpp`")

    def test_the_change_log_tells_of_what_was(self):
        self.check("CHANGELOG.md", "`session/gone.cpp`")


class NamedTests(unittest.TestCase):
    TESTS = 'TEST_CASE("any byte of an answer: never", "[unit]") {\n}\nTEST_CASE(\n    "a long one "\n    "in two lines", "[unit]") {\n}\n'

    def check(self, text, *expected):
        out = ["%s:%d: %s" % f for f in paths.named_tests(Tree({"tests/unit/proxy/retry_test.cpp": self.TESTS, "docs/a.md": text}), None)]
        self.assertEqual(out, list(expected))

    def test_whole_or_how_it_begins(self):
        self.check("| `retry_test: any byte of an answer: never` | `retry_test: any byte` | `retry_test: a long one in two lines` |")

    def test_what_is_not_there(self):
        self.check("a\n`retry_test: never`, `hold_test: any byte`", "docs/a.md:2: no such test: retry_test: never", "docs/a.md:2: no such test: hold_test: any byte")
