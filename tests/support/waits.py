"""Waiting for a condition: the only way tests wait."""
import os
import time

SCALE = float(os.environ.get("WAGGLE_TEST_SCALE", "1"))     # of slow machines
PATIENCE = 20 * SCALE       # seconds


def wait_for(what, condition, patience=PATIENCE):
    """@return what the condition gave, as soon as it is true"""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("never happened: " + what)
