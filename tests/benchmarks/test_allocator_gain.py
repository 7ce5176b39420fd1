"""Allocators compared in fresh processes: what is computed from the rounds, what is refused, and one short run."""

import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks" / "allocator_gain.py"
sys.path.insert(0, str(SCRIPT.parent))

import allocator_gain  # noqa: E402


def run(*arguments):
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, timeout=600)


def test_a_ratio_is_the_mean_of_groups_medians():
    groups = [{"none": [2.0, 2.0, 9.0], "pool": [1.0, 1.0, 1.0]}, {"none": [4.0], "pool": [1.0]}, {"none": [3.0], "pool": [1.0]}]
    mean, error = allocator_gain.ratio(groups, "pool", "none")
    assert mean == pytest.approx(3.0) and error == pytest.approx(1 / 3 ** 0.5)


def test_the_pool_is_compared_with_every_other():
    assert allocator_gain.pairs(["none", "pool", "tcmalloc"]) == [("pool", "none"), ("tcmalloc", "none"), ("pool", "tcmalloc")]
    assert allocator_gain.pairs(["tcmalloc", "pool"]) == [("pool", "tcmalloc")]
    assert allocator_gain.pairs(["none", "jemalloc"]) == [("jemalloc", "none")]


@pytest.mark.parametrize("option, value, rule", [
    ("--allocator", "dlmalloc", "must be of"), ("--allocator", "pool", "at least two"), ("--allocator", "pool,pool", "at least two"),
    ("--processes", "2", "at least 3"), ("--rounds", "0", "at least 1"), ("--batch", "0", "at least 1"), ("--threads", "0", "at least 1")])
def test_what_cannot_be_is_refused(option, value, rule):
    done = run(option, value)
    assert done.returncode == 2 and f"{option}: must be" in done.stderr and rule in done.stderr and value in done.stderr


def test_a_mode_without_the_variant_is_refused():
    done = run("--mode", "training", "--variant", "fugakudnn-optimized")
    assert done.returncode == 2 and "--variant: must be of" in done.stderr


def test_a_short_run(tmp_path):
    out = tmp_path / "groups.json"
    done = run("--model", "squeezenet1_1", "--allocator", "none,pool", "--processes", "3", "--rounds", "1", "--seconds", "0.01", "--json", str(out))
    assert done.returncode == 0, done.stderr
    assert "pool / none: " in done.stdout and " ± " in done.stdout
    groups = json.loads(out.read_text())
    assert len(groups) == 3 and all(time > 0 for group in groups for times in group.values() for time in times)
    assert [list(group) for group in groups] == [["none", "pool"], ["pool", "none"], ["none", "pool"]]


def test_a_network_that_torchvision_lacks_is_refused():
    done = run("--model", "resnet51")
    assert done.returncode == 2 and "torchvision has no network 'resnet51'" in done.stderr


def test_an_allocator_that_is_not_here_is_never_measured(monkeypatch, capsys):
    monkeypatch.setitem(allocator_gain.ALLOCATORS, "tcmalloc", allocator_gain.ALLOCATORS["tcmalloc"]._replace(preload="libnowhere_malloc.so.1"))
    assert allocator_gain.main(["--allocator", "none,tcmalloc"]) == 1
    said = capsys.readouterr()
    assert "rows …+tcmalloc are left out: libnowhere_malloc.so.1 is not here" in said.out and "nothing to compare" in said.err
