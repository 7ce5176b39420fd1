"""The main job: the rows it writes, whose memory they were measured in, and what it says of rows it can't have."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import xml.etree.ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks" / "resnet50.py"
sys.path.insert(0, str(SCRIPT.parent))

import chart  # noqa: E402
import tensor_memory  # noqa: E402
import turns  # noqa: E402

FIELDS = {"framework", "network", "mode", "batch", "threads", "variant", "images_per_second", "images_per_second_best", "speed_up", "runs",
          "max_abs_diff", "max_abs_diff_allowed", "top5_equal", "allocator", "minor_faults", "peak_rss_mb", "images_per_second_rounds", "disturbed_rounds"}


@pytest.fixture(name="bench", scope="module")
def load_bench():
    import resnet50
    return resnet50


def run(*arguments):
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


def suffixes(*names):
    return [tensor_memory.ALLOCATORS[name].suffix for name in names if tensor_memory.absence(tensor_memory.ALLOCATORS[name]) is None]


@pytest.fixture(name="small", scope="module")
def run_small(tmp_path_factory):
    """Both modes of a small network, with every allocator that a default run has, and one more that every machine has."""
    out = tmp_path_factory.mktemp("bench")
    done = run("--model", "squeezenet1_1", "--size", "64", "--batch", "2", "--training-batch", "4", "--threads", "1", "--training-threads", "1",
               "--seconds", "0.05", "--allocator", "pool,tcmalloc,glibc-tuned", "--only", "fugakudnn,fugakudnn-optimized", "--no-ort",
               "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    return done, json.loads((out / "results.json").read_text()), (out / "chart.svg").read_text()


def test_every_variant_has_a_row_for_every_allocator(small):
    _, rows, _ = small
    ends = suffixes("none", "pool", "tcmalloc", "glibc-tuned")
    assert {"", "+allocator", "+glibc-tuned"} <= set(ends)
    for mode, bases in (("inference", ("stock", "fugakudnn", "fugakudnn-optimized")), ("training", ("stock", "fugakudnn"))):
        assert [row["variant"] for row in rows if row["mode"] == mode] == [base + end for base in bases for end in ends]


def test_rows_have_their_fields(small):
    _, rows, _ = small
    for row in rows:
        assert set(row) == FIELDS
        assert (row["framework"], row["network"], row["threads"]) == ("pytorch", "squeezenet1_1", 1)
        assert row["batch"] == {"inference": 2, "training": 4}[row["mode"]]
        assert 0 < row["images_per_second"] <= row["images_per_second_best"]
        assert len(row["images_per_second_rounds"]) >= turns.LEAST_ROUNDS
        assert row["runs"] >= turns.LEAST_ROUNDS * turns.LEAST_ITERATIONS
        assert row["minor_faults"] >= 0 and row["peak_rss_mb"] > 50
        assert 0 <= row["max_abs_diff"] < row["max_abs_diff_allowed"]
        assert row["top5_equal"] is (True if row["mode"] == "inference" else None)
        assert row["allocator"] in tensor_memory.ALLOCATORS
        assert row["variant"].endswith(tensor_memory.ALLOCATORS[row["allocator"]].suffix)
        assert row["variant"] != "stock" or (row["speed_up"], row["max_abs_diff"]) == (1.0, 0.0)


def test_an_allocator_changes_no_result(small):
    _, rows, _ = small
    differences = {(row["mode"], row["variant"]): row["max_abs_diff"] for row in rows}
    for (mode, variant), difference in differences.items():
        assert difference == pytest.approx(differences[mode, variant.partition("+")[0]], abs=1e-6)


def test_output_and_chart_name_every_row(small):
    done, rows, svg = small
    xml.etree.ElementTree.fromstring(svg)
    for row in rows:
        assert f" {row['variant']} " in done.stdout and f">{row['variant']}<" in svg
    for line in done.stdout.split("training, batch 4, 1 thread(s)\n")[1].split("\n\n")[0].splitlines()[1:]:
        assert line.startswith(("  stock: ", "  fugakudnn: ")) and "glibc-tuned " in line


@pytest.mark.parametrize("arguments", [("--allocator", "dlmalloc"), ("--mode", "prayer"), ("--only", "stok")])
def test_unknown_names_are_refused(arguments):
    done = run(*arguments)
    assert done.returncode == 2 and f"{arguments[0]}: must be of " in done.stderr and f"got {arguments[1]!r}" in done.stderr


def test_a_library_that_cannot_be_preloaded_is_said_to_be_absent():
    absent = tensor_memory.Allocator("+nowhere", preload="libnowhere_malloc.so.1", package="nowhere")
    assert tensor_memory.absence(absent) == "libnowhere_malloc.so.1 is not here (Debian: nowhere)"


def test_the_callers_own_preload_and_tunables_stay(monkeypatch):
    monkeypatch.setenv("LD_PRELOAD", "mine.so")
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=3")
    assert tensor_memory.environment(tensor_memory.ALLOCATORS["tcmalloc"])["LD_PRELOAD"] == "libtcmalloc_minimal.so.4:mine.so"
    assert tensor_memory.environment(tensor_memory.ALLOCATORS["glibc-tuned"])["GLIBC_TUNABLES"].startswith("glibc.malloc.check=3:glibc.malloc.mmap_max=0:")
    assert tensor_memory.environment(tensor_memory.ALLOCATORS["none"]) == dict(os.environ)
    assert "LD_PRELOAD=mine.so" in tensor_memory.surroundings()


def order(**changes):
    return {"variant": "stock", "suffix": "+x", "allocator": "none", "pool": False, "mode": "inference", "threads": 1, "path": os.devnull, **changes}


def test_an_error_in_a_variants_process_is_reported():
    variant = turns.Variant(order(), dict(os.environ))
    with pytest.raises(turns.VariantFailed, match=r"stock\+x: EOFError"):
        variant.wait_ready()
    variant.end()


def test_the_end_of_a_variants_process_is_reported():
    variant = turns.Variant(order(), dict(os.environ))
    os.kill(variant._process.pid, signal.SIGKILL)
    with pytest.raises(turns.VariantFailed, match=r"stock\+x: its process ended with -9"):
        variant.wait_ready()
    variant.end()


class Machine:
    """A clock, and variants whose turns take a second of it."""

    def __init__(self):
        self.now, self.had = 0.0, []

    def perf_counter(self):
        return self.now

    def variant(self, name, *taken):
        """A variant; other programs take these shares of the processors during its turns."""
        return FakeVariant(self, name, list(taken))


class FakeVariant:
    def __init__(self, machine, name, taken):
        self.machine, self.name, self.taken, self.kept = machine, name, taken, None

    def turn(self, seconds):
        self.machine.now += 1
        self.machine.had.append((self.name, seconds))
        return self.taken.pop(0) if self.taken else 0.0

    def keep(self, rounds):
        self.kept = rounds


@pytest.fixture(name="machine")
def make_machine(monkeypatch):
    machine = Machine()
    monkeypatch.setattr(turns, "time", machine)
    return machine


def test_turns_start_with_another_variant_each_round(machine):
    shares = []
    assert turns.take_turns([machine.variant(name) for name in "abc"], 1, shares.append) == (0, turns.LEAST_ROUNDS)
    assert "".join(name for name, _ in machine.had) == "abcbcacab"
    assert {seconds for _, seconds in machine.had} == {1 / turns.TURNS}
    assert shares[-1] == 1.0 and all(share < 1 for share in shares[:-1])


def test_rounds_that_other_programs_disturb_are_repeated_and_left_out(machine):
    variants = machine.variant("a"), machine.variant("b", 0.01, 0.5, 0.02, 0.06)
    assert turns.take_turns(list(variants), 3, lambda share: None) == (2, 5)
    assert [variant.kept for variant in variants] == [[0, 2, 4]] * 2


def test_where_every_round_is_disturbed_all_count_and_it_ends(machine):
    variant = machine.variant("a", *[0.5] * 100)
    assert turns.take_turns([variant], 5, lambda share: None) == (10, 10)
    assert variant.kept is None


def test_variants_take_turns_in_groups_where_memory_is_short(bench, monkeypatch, capsys):
    names = [("stock", "none"), ("stock", "pool"), ("fugakudnn", "none"), ("fugakudnn", "pool")]
    monkeypatch.setattr(bench, "available_mb", lambda: 1000)
    assert bench.groups(names, 200) == [names] and capsys.readouterr().out == ""
    assert bench.groups(names, 300) == [names[:2], names[2:]] and "900 MB would be needed and 1000 are there" in capsys.readouterr().out


def test_ratios_are_medians_of_what_was_measured_side_by_side(bench):
    members = {"stock": {"images_per_second_rounds": [1.0, 2.0, 4.0]}, "stock+allocator": {"images_per_second_rounds": [2.0, 3.0, 6.0]},
               "stock+tcmalloc": {"images_per_second_rounds": [1.0, 3.0, 5.0]}, "onnxruntime": {}}
    assert bench.allocator_ratios(members) == ["  stock: pool 1.50× (1.50–2.00); tcmalloc 1.25× (1.00–1.50); pool / tcmalloc 1.20× (1.00–2.00)"]


def test_a_chart_survives_strange_names_and_rows_without_faults():
    row = {"mode": "inference", "batch": 1, "threads": 2, "variant": "a<b&c", "images_per_second": 1.0, "speed_up": 1.0}
    assert "a&lt;b&amp;c" in chart.bar_chart("t", "s", [row])
