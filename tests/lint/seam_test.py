"""The rule of seam.py, tried on small files."""
import unittest

import seam
from text_tree import TextTree

STREAM = "proxy/stream/server_stream.hpp"


class Seam(unittest.TestCase):
    def found(self, path, text):
        return [(line, said) for _, line, said in seam.seam(TextTree({path: text}), None)]

    def test_protocols_in_an_exchange(self):
        for text, what in (('#include "http1/chunked.hpp"', '#include "http1/'), ("http1::refusal r;", "http1::"), ("void f(io::stream& s);", "io::stream"),
                           ('#include "io/stream.hpp"', '#include "io/stream.hpp'), ("f(w_.scratch.response);", "scratch.response"),
                           ("w.scratch.output.data();", "scratch.output"), ("w_.scratch.in();", "scratch.in(")):
            self.assertEqual(self.found("proxy/exchange/a.cpp", "int x;\n" + text + "\n"), [(2, what + " is for proxy/stream/")])

    def test_what_is_no_protocol(self):
        self.assertEqual(self.found("proxy/exchange/a.cpp", "http::answer a;  // http1::\nio::waiter w;\nserver_stream s;\nw_.scratch.host;\n"), [])

    def test_elsewhere(self):
        self.assertEqual(self.found("proxy/connection/a.cpp", "http1::refusal r;\n"), [])

    def test_public_data(self):
        text = "class server_stream {\n public:\n%s\n private:\n  io::stream& socket_;\n};\n"
        for line in ("  io::waiter waiter;", "  const timeouts& times;", "  bool a = false;  ///< said", "  std::uint64_t n{0};", "  io::buffer in;"):
            self.assertEqual(self.found(STREAM, text % line), [(3, "a verb instead of public data: " + line.strip())])

    def test_verbs(self):
        text = ("class server_stream {\n public:\n  struct end {\n    io::stream& socket;\n  };\n  using a = b;\n  bool gone() const noexcept { return a_; }\n"
                "  explicit server_stream(worker& w);\n private:\n  bool a_ = false;\n};\nclass other {\n public:\n  int b;\n};\n")
        self.assertEqual(self.found(STREAM, text), [])
