"""fdnn-bench: what it prints is what peers.py compare reads, and what it writes is what the judge reads."""

import json
import os
import pathlib
import platform
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RID = "linux-arm64" if platform.machine() == "aarch64" else "linux-x64"
BENCH = ROOT / "artifacts" / "publish" / RID / "fdnn-bench"

# One small problem of every kind, and the operations that it counts (None: bandwidth-bound).
KINDS = {
    "conv mb=1 ic=16 ih=9 oc=32 kh=3 ph=1 post=sum_relu": 2 * 81 * 32 * 16 * 9,
    "conv mb=2 ic=8 ih=5 oc=16 kh=1 stag=nchw dtag=nchw": 2 * 2 * 25 * 16 * 8,
    "ip mb=3 ic=50 oc=20": 2 * 3 * 50 * 20,
    "gemm m=20 n=30 k=40 bias=1 post=relu": 2 * 20 * 30 * 40,
    "gemm m=20 n=30 k=40 b=3 tb=1": 3 * 2 * 20 * 30 * 40,
    "sgemm m=20 n=30 k=40 ta=1": 2 * 20 * 30 * 40,
    "brgemm m=40 n=7 k=16 br=9": 2 * 40 * 7 * 16 * 9,
    "softmax rows=5 cols=70 log=1": None,
    "bnorm mb=1 c=20 h=3 flags=gshr": None,
    "pool alg=max mb=1 c=20 ih=8 kh=3 sh=2 ph=1": None,
    "eltwise alg=exp n=100": None,
    "binary alg=add n=100 post=relu": None,
    "reorder mb=1 c=5 h=6 w=7 from=nchw to=nhwc": None,
}


def run(*arguments):
    if not BENCH.exists():
        pytest.fail("%s is missing; ./build.sh publish makes it" % BENCH)
    return subprocess.run([str(BENCH), *map(str, arguments)], capture_output=True, text=True, check=False,
                          env=dict(os.environ, FUGAKUDNN_NUM_THREADS="1"))


def measure(tmp_path, lines, *options):
    problems = tmp_path / "problems.txt"
    problems.write_text("# a comment\n\n" + "\n".join(lines) + "\n")
    done = run(problems, "--min-time", 0.001, "--max-time", 0.002, "--runs", 2, *options)
    return done, [json.loads(text) for text in done.stdout.splitlines()]


@pytest.mark.parametrize("isa", ["portable", "best"])
def test_every_kind_is_checked_and_measured(tmp_path, isa):
    kinds = [line for line in KINDS if isa == "best" or not line.startswith("brgemm")]  # a kernel alone is generated code
    done, rows = measure(tmp_path, [line + "  # why" for line in kinds], *(["--isa", isa] if isa != "best" else []), "--check-all")
    assert done.returncode == 0, done.stderr
    assert [row["problem"] for row in rows] == kinds
    for row in rows:
        assert 0 < row["ms_min"] <= row["ms_med"] <= row["ms_p90"], row
        assert row["checked"] and row["bench"] == "prim" and row["dt"] == "f32" and row["dir"] == "inf" and row["count"] == 1
        assert row["kind"] == row["problem"].split()[0] and row["create_ms"] >= 0 and row["threads"] >= 1
        flop = KINDS[row["problem"]]
        assert ("gflop" not in row) if flop is None else row["gflop"] == pytest.approx(flop * 1e-9, abs=6e-7), row


@pytest.mark.parametrize("line, reason", [
    ("conv dir=bwd_d mb=1 ic=4 ih=4 oc=4 kh=1", "bwd_d"),
    ("conv mb=1 ic=16 ih=4 oc=16 kh=1 stag=nChw16c", "nChw16c"),
    ("conv mb=1 ic=4 ih=4 oc=4 kh=1 dt=bf16", "bf16"),
    ("gemm m=4 n=4 k=4 post=gelu", "gelu"),
    ("bnorm mb=1 c=4 h=4 flags=sh", "statistics"),
    ("lnorm rows=4 cols=4", "lnorm"),
])
def test_what_cannot_run_is_listed_with_the_reason(tmp_path, line, reason):
    done, rows = measure(tmp_path, [line])
    assert done.returncode == 0 and reason in rows[0]["skipped"] and "ms_min" not in rows[0]
    assert "1 skipped" in done.stderr


def test_filters_choose_problems_and_types(tmp_path):
    lines = ["gemm m=8 n=8 k=8 dt=f32,f64 name=a", "gemm m=8 n=8 k=8 name=b", "gemm dir=fwd m=8 n=8 k=8 name=c"]
    _, rows = measure(tmp_path, lines, "--dir", "inf", "--dt", "f64")
    assert [(row["name"], row["dt"]) for row in rows] == [("a", "f64")]
    done = run(tmp_path / "problems.txt", "--list", "--filter", "name=b")
    assert done.stdout.splitlines() == [lines[1]]


@pytest.mark.parametrize("arguments", [[], ["--isa", "vax", "x"], ["--threads", "0", "x"], ["--nonsense", "1", "x"], ["missing.txt"]])
def test_wrong_command_lines_end_with_2(arguments):
    done = run(*arguments)
    assert done.returncode == 2 and done.stderr and not done.stdout


@pytest.mark.parametrize("isa", ["sve512", "avx512", "avx2"])
def test_code_of_any_isa_is_emitted_on_any_host(tmp_path, isa):
    done = run("emit", "conv mb=1 ic=16 ih=7 oc=16 kh=3 ph=1 post=relu", "--isa", isa, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    emitted = json.loads((tmp_path / "emit.json").read_text())
    assert emitted["isa"] == isa and emitted["kernels"]
    assert emitted["flop"] == 2 * 16 * 16 * (7 * 3 - 2) ** 2  # the taps at the borders fall on padding
    assert emitted["flop_with_padding"] == 2 * 16 * 16 * (7 * 3) ** 2
    for kernel in emitted["kernels"]:
        code = (tmp_path / kernel["file"]).read_bytes()
        assert len(code) == kernel["bytes"] > 0
        assert (bytes.fromhex("c0035fd6") if isa == "sve512" else b"\xc3") in code  # it returns
        assert isa != "sve512" or len(code) % 4 == 0


def test_one_execution_lies_in_an_arena_of_its_own(tmp_path):
    done = run("run-once", "gemm m=64 n=64 k=64", "--threads", 1, "--out", tmp_path)
    assert done.returncode == 0 and done.stdout.strip() == "done"
    seen = json.loads((tmp_path / "run.json").read_text())
    base = int(seen["base"], 16)
    assert base == 0x2000000000
    image = (tmp_path / "code.bin").read_bytes()
    for kernel in seen["kernels"]:
        start = int(kernel["address"], 16) - base
        assert 0 < start and start + kernel["bytes"] <= len(image) < 1 << 24
