#!/usr/bin/env python3
"""Which headers of the standard library a file uses without including them, itself or by its own header.

    includes.py [--fix]        # --fix: adds them to the block of standard headers

What is told by name only (std::vector, std::move): no compiler is asked. A .cpp's own header is the one that it includes first.
"""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

NAMES = {
    "algorithm": "all_of any_of binary_search clamp copy copy_n count count_if equal equal_range fill fill_n find find_end find_if find_if_not "
                 "for_each generate includes inplace_merge is_sorted lower_bound max max_element merge min min_element minmax mismatch none_of nth_element "
                 "partial_sort partition remove remove_if replace reverse rotate search set_difference set_intersection shuffle sort stable_partition "
                 "stable_sort transform unique upper_bound lexicographical_compare",
    "array": "array to_array",
    "atomic": "atomic atomic_bool atomic_flag atomic_thread_fence memory_order memory_order_relaxed memory_order_acquire memory_order_release",
    "bit": "bit_cast bit_ceil bit_width countl_zero countr_zero endian has_single_bit popcount rotl",
    "charconv": "from_chars to_chars from_chars_result chars_format",
    "chrono": "chrono",
    "cmath": "floor ceil isfinite isnan pow sqrt llround lround fmod",
    "condition_variable": "condition_variable condition_variable_any",
    "coroutine": "coroutine_handle suspend_always suspend_never noop_coroutine",
    "cstdint": "uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t uintptr_t",
    "cstdlib": "abort free malloc strtol strtoul strtod getenv _Exit",
    "cstring": "memcpy memmove memset memcmp memchr strlen strerror strcmp",
    "deque": "deque",
    "exception": "exception exception_ptr current_exception rethrow_exception terminate uncaught_exceptions",
    "filesystem": "filesystem",
    "fstream": "ifstream ofstream fstream",
    "functional": "function reference_wrapper ref cref hash less greater equal_to invoke not_fn",
    "iterator": "back_inserter inserter next prev distance advance make_move_iterator istreambuf_iterator ssize",
    "limits": "numeric_limits",
    "list": "list",
    "map": "map multimap",
    "memory": "unique_ptr shared_ptr weak_ptr make_unique make_shared addressof enable_shared_from_this construct_at destroy_at allocator default_delete",
    "mutex": "mutex lock_guard unique_lock scoped_lock call_once once_flag recursive_mutex",
    "new": "bad_alloc nothrow align_val_t",
    "numeric": "accumulate gcd iota reduce",
    "optional": "optional nullopt nullopt_t",
    "set": "set multiset",
    "span": "span as_bytes",
    "sstream": "stringstream ostringstream istringstream",
    "stdexcept": "runtime_error logic_error invalid_argument out_of_range length_error",
    "string": "string to_string stoi stoul stoull stol stod getline",
    "string_view": "string_view",
    "thread": "thread jthread this_thread",
    "tuple": "tuple tie make_tuple forward_as_tuple",
    "type_traits": "is_same_v decay_t remove_cvref_t enable_if_t conditional_t is_trivially_copyable_v is_nothrow_move_constructible_v invoke_result_t "
                   "underlying_type_t remove_reference_t is_base_of_v is_arithmetic_v is_integral_v true_type false_type is_void_v",
    "unordered_map": "unordered_map unordered_multimap",
    "unordered_set": "unordered_set",
    "utility": "move forward pair make_pair exchange swap as_const cmp_less in_place declval piecewise_construct index_sequence make_index_sequence in_range",
    "variant": "variant visit holds_alternative get_if monostate",
    "vector": "vector",
}
HEADER_OF = {name: header for header, names in NAMES.items() for name in names.split()}
USE = re.compile(r"\bstd::(\w+)")
NO_CODE = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*\"""", re.S)
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def included(lines):
    return [m[2] for line in lines for m in [INCLUDE.match(line)] if m]


def used(lines):
    """header: (line, name) of its first use."""
    out = {}
    text = NO_CODE.sub(lambda m: "\n" * m[0].count("\n"), "\n".join(lines))
    for i, line in enumerate(text.split("\n"), 1):
        for name in USE.findall(line):
            if name in HEADER_OF:
                out.setdefault(HEADER_OF[name], (i, name))
    return out


def own_header(path, names, files):
    """The header that a .cpp implements: what it includes first, if that is the project's."""
    if not path.endswith(".cpp") or not names:
        return None
    first = names[0]
    here = os.path.dirname(path)
    module = "discovery/app" if path.startswith("discovery/app/") else path.split("/")[0]
    for p in (os.path.join(module, first), os.path.join(here, first), os.path.join(module.split("/")[0], first),
              *("%s/include/%s" % (m, first) for m in ("common", "discovery", "proxy"))):
        if p in files:
            return p
    return None


def missing(tree, path, files):
    """header: (line, name) of what a file uses and does not include."""
    lines = tree.lines(path)
    names = included(lines)
    have = set(names)
    own = own_header(path, names, files)
    if own:
        have |= set(included(tree.lines(own)))
    return {h: at for h, at in used(lines).items() if h not in have}


def product(tree):
    return [p for p in tree.files if p.endswith((".cpp", ".hpp")) and p.startswith(("common/", "discovery/", "proxy/"))]


def own_includes(tree, warn):
    """product files include the standard headers that they use, themselves or by their own header"""
    files = set(tree.files)
    for p in product(tree):
        for header, (line, name) in sorted(missing(tree, p, files).items()):
            yield p, line, "std::%s needs <%s> (tests/lint/includes.py --fix)" % (name, header)


def is_standard(line):
    m = INCLUDE.match(line)
    return bool(m) and m[1] == "<" and re.fullmatch(r"[a-z_]+", m[2]) is not None


def with_includes(lines, headers):
    """The lines with further standard headers, in their order."""
    lines = list(lines)
    new = ["#include <%s>" % h for h in headers]
    at = [i for i, line in enumerate(lines) if is_standard(line)]
    if at:
        first, last = at[-1], at[-1]
        while first - 1 in at:
            first -= 1
        lines[first:last + 1] = sorted(lines[first:last + 1] + new)
        return lines
    at = [i for i, line in enumerate(lines) if INCLUDE.match(line) or line.startswith("#pragma once")]
    if at:
        return lines[:at[-1] + 1] + [""] + sorted(new) + lines[at[-1] + 1:]
    n = next((i for i, line in enumerate(lines) if not line.startswith("//")), len(lines))
    return lines[:n] + sorted(new) + ([""] if n < len(lines) and lines[n] else []) + lines[n:]


def main():
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from check import Tree
    tree = Tree()
    files = set(tree.files)
    headers_first = sorted(product(tree), key=lambda p: (p.endswith(".cpp"), p))
    found = 0
    for p in headers_first:
        lacking = missing(tree, p, files)
        if not lacking:
            continue
        found += 1
        print("%s: %s" % (p, ", ".join("%s (std::%s)" % (h, name) for h, (_, name) in sorted(lacking.items()))))
        if "--fix" in sys.argv[1:]:
            lines = with_includes(tree.lines(p), sorted(lacking))
            with open(os.path.join(TOP, p), "w", encoding="utf-8") as f:
                f.write("\n".join(lines) + "\n")
            tree.cache.pop(p, None)
    print("%d files" % found)
    return 1 if found and "--fix" not in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
