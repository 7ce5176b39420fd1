"""numpy_temporaries.py measures every variant that is here, after it compared their results."""

import json
import math
import pathlib
import subprocess
import sys

import pytest

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "benchmarks" / "numpy_temporaries.py"


def run(*arguments):
    return subprocess.run([sys.executable, str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False)


def test_every_case_has_a_row_for_each_variant(tmp_path):
    done = run("--megabytes", "0.05,0.4", "--seconds", 0.005, "--out", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads((tmp_path / "numpy_temporaries.json").read_text())
    variants = list(written["peak_resident_bytes"])
    assert {"glibc", "glibc-tuned", "fugakudnn"} <= set(variants)
    assert "tcmalloc" in variants or "tcmalloc is left out: " in done.stdout
    cases = {(row["program"], row["megabytes"]) for row in written["rows"]}
    assert len(cases) == 6 * 2 + 1 and len(written["rows"]) == len(cases) * len(variants)
    for row in written["rows"]:
        assert 0 < row["ms_min"] <= row["ms_med"] and row["speed_up"] > 0 and row["page_faults"] >= 0 and math.isfinite(row["speed_up"])
    assert all(row["speed_up"] == 1 for row in written["rows"] if row["variant"] == "glibc")


@pytest.mark.parametrize("sizes", ["0", "1,-1", "x"])
def test_sizes_that_cannot_be_are_refused(sizes):
    done = run("--megabytes", sizes)
    assert done.returncode == 2 and "Traceback" not in done.stderr
