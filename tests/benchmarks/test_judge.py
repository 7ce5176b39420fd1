"""The judge's own arithmetic and complaints; what it says of kernels is ./build.sh judge."""

import importlib.util
import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks" / "judge.py"


@pytest.fixture(name="judge")
def load():
    spec = importlib.util.spec_from_file_location("judge", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def traced(*addresses):
    return "".join("Trace 0: 0x7f0000000000 [00000000/%016x/00000000/00000000]\n" % a for a in addresses)


def test_only_blocks_between_the_markers_count(judge, tmp_path):
    arena = judge.ARENA
    (tmp_path / "trace").write_text(traced(arena + 64, arena) + "noise\n" + traced(arena + 128, arena + 256, arena, arena + 512))
    judge.cut(tmp_path / "trace", tmp_path / "blocks")
    assert (tmp_path / "blocks").read_text().split() == ["%x" % (arena + 128), "%x" % (arena + 256)]


@pytest.mark.parametrize("markers", [0, 1, 3])
def test_a_trace_without_its_two_markers_is_refused(judge, tmp_path, markers):
    (tmp_path / "trace").write_text(traced(*[judge.ARENA] * markers))
    with pytest.raises(judge.JudgeError, match="%d markers" % markers):
        judge.cut(tmp_path / "trace", tmp_path / "blocks")


def test_says_clearly_that_the_tool_is_not_there(tmp_path):
    done = subprocess.run([sys.executable, str(SCRIPT), "--mca", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "a64fx_mca.py" in done.stderr and str(tmp_path) in done.stderr


def test_unknown_rows_are_refused():
    done = subprocess.run([sys.executable, str(SCRIPT), "--only", "no such row"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "no such row" in done.stderr


def test_peers_are_complete():
    peers = json.loads((ROOT / "benchmarks" / "judge_peers.json").read_text())
    names = [row["name"] for row in peers["rows"]]
    assert len(set(names)) == len(names)
    for row in peers["rows"]:
        assert row["problem"].endswith("name=" + row["name"]) and 0 < row["target"] <= 100
        if " dt=s8s8s32 " in row["problem"]:  # no peer has these figures
            assert "peer" not in row
            continue
        assert row["peer"] in peers["sources"] and 0 < row["peer_queue_percent"] <= 100
        assert row["peer"] != "libxsmm" or row["target"] >= row["peer_queue_percent"]  # nowhere below LIBXSMM
