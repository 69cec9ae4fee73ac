"""Waiting for a condition, with a deadline. No test sleeps a fixed time."""
import os
import time

# The one knob for slow machines: every deadline is multiplied by it. Limits that the product promises are not.
SCALE = float(os.environ.get("WAGGLE_TEST_TIME_SCALE", "1"))


class Late(AssertionError):
    """A condition did not come true in time."""


def until(condition, seconds, what, every=0.05):
    """Calls `condition` until it returns something true, which is returned.

    An exception from it counts as 'not yet'; the last one is named when time is up.
    """
    end = time.monotonic() + seconds * SCALE
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except Exception as e:  # noqa: BLE001 - whatever it was, it is told when the time is up
            last = "%s: %s" % (type(e).__name__, e)
        if time.monotonic() > end:
            raise Late("not within %g s: %s (last: %r)" % (seconds * SCALE, what, last))
        time.sleep(every)


def timed(condition, seconds, what, every=0.02):
    """As `until`, but returns how long it took."""
    start = time.monotonic()
    until(condition, seconds, what, every)
    return time.monotonic() - start


def holds(condition, seconds, what, every=0.1):
    """The opposite: fails as soon as `condition` is false within that time. For 'nothing happens meanwhile'."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not condition():
            raise AssertionError("did not hold for %g s: %s" % (seconds, what))
        time.sleep(every)
