"""Imports TensorFlow once and runs each script in a child of its own: the import takes seconds, everything else less.

This is as good as a new interpreter: the import starts no thread (but NumPy's BLAS, which is told not to) and makes no tensor, and
FugakuDnn is not imported.  A child ends as an interpreter ends.

Reads lines of JSON, each a list of ``{"script": path, "environment": {name: value}, "output": path, "errors": path}``, runs the
scripts of a line at the same time, and answers with the list of their exit codes (negative: signals).
"""
import json
import os
import signal
import sys

import tensorflow  # noqa: F401

SLOWEST = 200  # seconds; something hangs then, and SIGALRM ends it

threads = os.listdir("/proc/self/task")
assert len(threads) == 1, "a fork takes one thread only"


def become(case):
    """Makes a fresh child the process that runs a case."""
    signal.alarm(SLOWEST)
    os.environ.update(case["environment"])
    for descriptor, path, flags in (0, os.devnull, os.O_RDONLY), (1, case["output"], os.O_WRONLY | os.O_CREAT), (
            2, case["errors"], os.O_WRONLY | os.O_CREAT):
        file = os.open(path, flags, 0o600)
        os.dup2(file, descriptor)
        os.close(file)
    return case["script"]


def serve():
    """In a child: the path of its script.  Here: None at the end."""
    while line := sys.stdin.readline():
        children = []
        for case in json.loads(line):
            pid = os.fork()
            if pid == 0:
                return become(case)
            children.append(pid)
        print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]), flush=True)
    return None


if __file__ := serve():
    with open(__file__) as script:
        exec(compile(script.read(), __file__, "exec"))
