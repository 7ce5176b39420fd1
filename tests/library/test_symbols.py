"""Header, Python signatures and C programs know exactly the functions that the library exports."""

import os
import pathlib
import re
import subprocess

LIBRARY = os.environ["FUGAKUDNN_LIBRARY"]
ROOT = pathlib.Path(__file__).resolve().parents[2]


def exported():
    """The functions for others: names with _internal_ are between the library's own parts."""
    table = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], capture_output=True, text=True, check=True).stdout
    names = {line.split()[-1].split("@")[0] for line in table.splitlines() if " fdnn_" in line}
    return {name for name in names if "_internal_" not in name}


def functions(text):
    """Names before an opening bracket, comments apart."""
    return set(re.findall(r"\b(fdnn_\w+)\(", re.sub(r"/\*.*?\*/", "", text, flags=re.S)))


def test_the_header_declares_every_function():
    assert functions((ROOT / "Exports/include/fugakudnn.h").read_text()) == exported()


def test_python_declares_every_function():
    names = re.findall(r'^    "(fdnn_\w+)": \(', (ROOT / "python/fugakudnn/_signatures.py").read_text(), flags=re.M)
    assert sorted(names) == sorted(exported())


def test_the_c_programs_call_every_function():
    called = set()
    for source in (ROOT / "tests/native").glob("*.[ch]"):
        called |= functions(source.read_text())
    assert called == exported()
