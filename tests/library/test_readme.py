"""The examples of README.md run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
LIBRARY = Path(os.environ["FUGAKUDNN_LIBRARY"])


def examples(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("code", examples("python"))
def test_python_example(code):
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_c_example(tmp_path):
    (code,) = examples("c")
    source, program = tmp_path / "example.c", tmp_path / "example"
    source.write_text(code)
    subprocess.run(["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", source, "-o", program, "-I", ROOT / "Exports" / "include",
                    "-L", LIBRARY.parent, "-lfugakudnn", f"-Wl,-rpath,{LIBRARY.parent}"], check=True)
    run = subprocess.run([program], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "0 2 0 4\n")


def test_there_are_examples_for_everybody():
    assert len(examples("python")) == 2
    assert len(examples("c")) == 1
