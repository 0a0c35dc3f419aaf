"""Runs the tests of a script side by side: for those that wait for a daemon more than they work, each with a daemon
of its own. Nothing is waited for less long by it.

    if __name__ == "__main__":
        side_by_side.main(at_once=8, first=[ThatWaitsLongest])

What a test says is told when it has ended, in the order in which tests end. The tests share the process: fixtures of a
class or a module, the working directory, the umask and os.environ are not for them."""

import threading
import unittest
from concurrent.futures import ThreadPoolExecutor


class Recorder(unittest.TestResult):
    """Keeps what a test tells its result, to be told to another one later."""

    def __init__(self):
        super().__init__()
        self.told = []

    def tell(self, result, test):
        result.startTest(test)
        for name, words in self.told:
            getattr(result, name)(*words)
        result.stopTest(test)


def recorded(name):
    def tell(self, *words):
        self.told.append((name, words))
    return tell


for kind in ("addSuccess", "addError", "addFailure", "addSkip", "addSubTest", "addExpectedFailure",
             "addUnexpectedSuccess"):
    setattr(Recorder, kind, recorded(kind))


def tests_in(suite):
    for test in suite:
        yield from tests_in(test) if isinstance(test, unittest.TestSuite) else (test,)


class SideBySide(unittest.TestSuite):
    """All tests of a suite, so many of them at a time."""

    def __init__(self, suite, at_once, first):
        # Python sorts classes by name.
        super().__init__(sorted(tests_in(suite), key=lambda test: not isinstance(test, tuple(first))))
        self.at_once = at_once

    def run(self, result, debug=False):
        lock = threading.Lock()

        def run_one(test):
            recorder = Recorder()
            test.run(recorder)
            with lock:
                recorder.tell(result, test)

        with ThreadPoolExecutor(self.at_once) as pool:
            # What a test does not catch itself (an exit) is raised here.
            for done in [pool.submit(run_one, test) for test in self]:
                done.result()
        return result


def main(at_once, first=()):
    class Runner(unittest.TextTestRunner):
        def run(self, test):
            return super().run(SideBySide(test, at_once, first))

    unittest.main(testRunner=Runner)
