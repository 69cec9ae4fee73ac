#!/usr/bin/env python3
"""Every *_test.py of this folder: the rules of lint, tried on small trees. Ends with "N passed, N failed"."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    suite = unittest.defaultTestLoader.discover(HERE, "*_test.py", HERE)
    result = unittest.TextTestRunner(verbosity=0).run(suite)
    bad = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - bad, bad))
    sys.exit(0 if result.testsRun > bad == 0 else 1)
