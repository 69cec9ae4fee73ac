"""The rules of folders.py, tried on small trees: what is in order passes, what is not is found."""
import unittest

import folders


class Tree:
    """Files by path: the names that each includes."""
    def __init__(self, includes, docs=None):
        self.names = {p: list(names) for p, names in includes.items()}
        self.files = sorted(self.names) + (["docs/architecture.md"] if docs is not None else [])
        self.docs = docs

    def includes(self, path):
        return enumerate(self.names[path], 1)

    def lines(self, path):
        return self.docs.splitlines()


def found(rule, includes, docs=None):
    return ["%s:%d: %s" % f for f in rule(Tree(includes, docs), None)]


IN_ORDER = {
    "common/include/waggle/base/text.hpp": ["string"],
    "common/include/waggle/model/route.hpp": ["waggle/base/text.hpp"],
    "common/base/text.cpp": ["waggle/base/text.hpp"],
    "discovery/check/check.cpp": ["labels/read.hpp"],
    "discovery/labels/read.hpp": [],
    "discovery/app/options/read.hpp": ["waggle/proxy/server.hpp"],
    "discovery/app/check/check_command.cpp": ["options/read.hpp", "waggle/base/text.hpp"],
    "discovery/app/main.cpp": ["check/check_command.hpp", "options/read.hpp"],
    "discovery/app/check/check_command.hpp": [],
    "proxy/include/waggle/proxy/server.hpp": ["waggle/model/route.hpp"],
    "proxy/io/loop.hpp": [],
    "proxy/io/loop.cpp": ["io/loop.hpp", "sys/epoll.h"],
    "proxy/worker/worker.hpp": ["io/loop.hpp", "waggle/proxy/server.hpp"],
    "proxy/server/server.cpp": ["waggle/proxy/server.hpp", "worker/worker.hpp"],
}


class FolderOrder(unittest.TestCase):
    def check(self, more, *expected):
        out = found(folders.folder_order, {**IN_ORDER, **more})
        self.assertEqual(len(out), len(expected), out)
        for line, part in zip(out, expected):
            self.assertIn(part, line)

    def test_in_order(self):
        self.check({})

    def test_an_arrow_up_is_found_with_its_line(self):
        self.check({"proxy/io/stream.cpp": ["io/loop.hpp", "worker/worker.hpp"]}, "proxy/io/stream.cpp:2: io must not include proxy/worker/worker.hpp")

    def test_folders_within_folders_have_places_of_their_own(self):
        below = {"discovery/labels/waggle/rows.hpp": ["labels/read.hpp"], "discovery/labels/traefik1/schema.hpp": ["labels/waggle/rows.hpp", "labels/read.hpp"]}
        self.check(below)
        self.check({**below, "discovery/labels/list.cpp": ["labels/traefik1/schema.hpp"]}, "labels must not include discovery/labels/traefik1/schema.hpp")
        self.check({**below, "discovery/labels/waggle/values.cpp": ["labels/traefik1/schema.hpp"]}, "labels/waggle must not include")
        self.check({"proxy/io/deep/a.hpp": []}, "folder io/deep has no place in the order of proxy")

    def test_folders_of_one_row_do_not_include_each_other(self):
        self.check({"proxy/health/prober.hpp": [], "proxy/balance/pick.cpp": ["health/prober.hpp"]}, "balance must not include")

    def test_a_new_folder_needs_a_place(self):
        self.check({"proxy/extras/thing.hpp": ["io/loop.hpp"]}, "folder extras has no place in the order of proxy")

    def test_an_arrow_to_a_folder_without_a_place_is_up(self):
        self.check({"proxy/extras/thing.hpp": [], "proxy/server/more.cpp": ["extras/thing.hpp"]}, "no place")

    def test_a_file_in_a_module_without_files_of_its_own(self):
        self.check({"proxy/stray.cpp": []}, "folder . has no place")

    def test_what_others_see_does_not_include_what_is_behind_it(self):
        self.check({"proxy/include/waggle/proxy/more.hpp": ["io/loop.hpp"]}, "what others see must not include proxy/io/loop.hpp")

    def test_the_folders_of_the_executable_have_an_order_of_their_own(self):
        self.check({"discovery/app/options/more.cpp": ["check/check_command.hpp"]}, "options must not include discovery/app/check/check_command.hpp")

    def test_names_are_looked_for_in_the_own_module(self):
        # discovery/app has a check/ as discovery has
        self.check({"discovery/check/check_command.hpp": [], "discovery/translate/more.cpp": ["check/check_command.hpp"]},
                   "translate must not include discovery/check/check_command.hpp")

    def test_common_is_ordered_across_its_headers_and_sources(self):
        self.check({"common/base/more.cpp": ["waggle/model/route.hpp"]}, "base must not include common/include/waggle/model/route.hpp")

    def test_the_document_shows_the_table(self):
        good = "\n\n".join("%s:\n%s" % (m, folders.shown_order(m)) for m in folders.ORDER)
        self.assertEqual(found(folders.folder_order, IN_ORDER, good), [])
        out = found(folders.folder_order, IN_ORDER, good.replace("io < http1", "http1 < io"))
        self.assertEqual(len(out), 1)
        self.assertIn("does not show the order of proxy", out[0])


class FileCircles(unittest.TestCase):
    def check(self, more, *expected):
        out = found(folders.file_circles, {**IN_ORDER, **more})
        self.assertEqual(len(out), len(expected), out)
        for line, part in zip(out, expected):
            self.assertIn(part, line)

    def test_none(self):
        self.check({})

    def test_headers_that_include_each_other(self):
        self.check({"proxy/io/a.hpp": ["io/b.hpp"], "proxy/io/b.hpp": ["io/a.hpp"]}, "proxy/io/a.hpp:1: a circle of files: proxy/io/a, proxy/io/b")

    def test_a_header_whose_source_needs_who_includes_it(self):
        self.check({"proxy/io/a.hpp": [], "proxy/io/a.cpp": ["io/a.hpp", "io/b.hpp"], "proxy/io/b.hpp": ["io/a.hpp"]}, "proxy/io/a.cpp:2: a circle")

    def test_a_long_one_is_one_finding(self):
        ring = {"proxy/io/f%d.hpp" % i: ["io/f%d.hpp" % ((i + 1) % 5)] for i in range(5)}
        self.check(ring, ", ".join("proxy/io/f%d" % i for i in range(5)))

    def test_two_of_them_are_two_findings(self):
        self.check({"proxy/io/a.hpp": ["io/b.hpp"], "proxy/io/b.hpp": ["io/a.hpp", "io/c.hpp"], "proxy/io/c.hpp": ["io/d.hpp"], "proxy/io/d.hpp": ["io/c.hpp"]},
                   "proxy/io/a, proxy/io/b", "proxy/io/c, proxy/io/d")

    def test_a_shared_header_is_none(self):
        self.check({"proxy/io/a.hpp": ["io/c.hpp"], "proxy/io/b.hpp": ["io/c.hpp", "io/a.hpp"], "proxy/io/c.hpp": []})

    def test_a_neighbour_is_found_without_its_folder(self):
        self.check({"proxy/io/a.hpp": ["b.hpp"], "proxy/io/b.hpp": ["a.hpp"]}, "proxy/io/a, proxy/io/b")
