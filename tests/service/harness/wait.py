"""wait_until: the only place where a test lets time pass."""

import time

from harness.sanitizers import patience


def wait_until(condition, timeout=10.0, what="the condition", interval=0.02):
    """Returns the first true value of `condition()`; fails after `timeout` seconds, or more with a sanitizer."""
    timeout *= patience()
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"waited {timeout} s in vain for {what}")
        time.sleep(interval)
