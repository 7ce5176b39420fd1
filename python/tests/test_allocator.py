"""The pool from Python: statistics, limits, the command line."""
import dataclasses
import gc
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from fugakudnn import _signatures, _units, allocator

MEGABYTE = 1_000_000


@pytest.fixture
def pooled():
    with allocator.numpy_arrays():
        yield


def run(code, **environment):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env={**os.environ, **environment})


# --- statistics ----------------------------------------------------------------------------------------------------------------------

def test_every_field_of_the_library_has_a_name_here():
    for kind, struct in ((allocator.Statistics, _signatures.PoolStatistics), (allocator.SizeClass, _signatures.PoolClassStatistics)):
        assert {field.name for field in dataclasses.fields(kind)} == {name for name, _ in struct._fields_[1:]}


@pytest.mark.parametrize("size", [1000, 100_000, 10 * MEGABYTE])
def test_live_memory_follows_arrays(pooled, size):
    gc.collect()
    before = allocator.statistics()
    arrays = [np.ones(size, np.uint8) for _ in range(20)]
    during = allocator.statistics()
    assert 20 * size <= during.live_bytes - before.live_bytes <= 20 * (2 * size + 4096)
    assert during.live_blocks - before.live_blocks == 20
    assert during.allocations - before.allocations >= 20
    assert during.peak_live_bytes >= during.live_bytes and during.mapped_bytes >= during.live_bytes
    del arrays
    after = allocator.statistics()
    assert after.live_bytes == before.live_bytes and after.live_blocks == before.live_blocks
    assert after.peak_live_bytes >= during.live_bytes


def test_the_hit_rate_rises_where_blocks_come_back(pooled):
    before = allocator.statistics()
    for _ in range(5000):
        np.empty(3000)
    after = allocator.statistics()
    assert 0 <= after.hit_rate <= 1
    assert after.cache_hits - before.cache_hits >= 4000


def test_the_hit_rate_before_the_first_allocation():
    assert dataclasses.replace(allocator.statistics(), allocations=0, cache_hits=0).hit_rate == 0


def test_classes_sum_up(pooled):
    kept = [np.empty(size, np.uint8) for size in (10, 100, 1000, 10_000, 100_000, MEGABYTE, 30 * MEGABYTE)]
    rows, all_of_it = allocator.classes(), allocator.statistics()
    sizes = [row.block_bytes for row in rows]
    assert sizes[-1] == 0 and sizes[:-1] == sorted(set(sizes[:-1])) and rows[-1].live_blocks >= 1
    assert sum(row.live_blocks for row in rows) == all_of_it.live_blocks
    assert sum(row.allocations for row in rows) == all_of_it.allocations
    del kept


def test_statistics_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        allocator.statistics().live_bytes = 1


def test_the_table_can_be_read(pooled):
    array = np.ones(100_000)
    text = allocator.table()
    assert {"live", "cached", "idle", "mapped", "allocations", "frees"} <= {line.split()[0] for line in text.splitlines() if line}
    assert max(map(len, text.splitlines())) < 100 and "live" in allocator.summary()
    del array


def test_amounts():
    assert [_units.amount(count) for count in (0, 1023, 1024, 1536, 3 << 20, 5 << 30, 5 << 40)] == [
        "0 B", "1023 B", "1.0 KiB", "1.5 KiB", "3.0 MiB", "5.0 GiB", "5120.0 GiB"]


# --- limits --------------------------------------------------------------------------------------------------------------------------

def test_trim_gives_idle_memory_back(pooled):
    for _ in range(3):
        np.ones(50 * MEGABYTE, np.uint8)
    idle = allocator.statistics().idle_bytes
    assert idle >= 40 * MEGABYTE or allocator.max_idle() < 40 * MEGABYTE
    assert allocator.trim() >= idle * 0.9
    assert allocator.statistics().idle_bytes < MEGABYTE


def test_what_is_kept_idle_is_bounded(pooled):
    before = allocator.max_idle()
    try:
        for most in (0, 20 * MEGABYTE, 200 * MEGABYTE):
            allocator.set_max_idle(most)
            assert allocator.max_idle() == most
            for _ in range(3):
                [np.ones(10 * MEGABYTE, np.uint8) for _ in range(10)]
            assert allocator.statistics().idle_bytes <= most
    finally:
        allocator.set_max_idle(before)


@pytest.mark.parametrize("value", [-1, 2 ** 63, -2 ** 70])
def test_a_limit_that_cannot_be_is_refused(value):
    before = allocator.max_idle()
    with pytest.raises(ValueError, match=r"bytes must be in \[0, 2\*\*63\), got"):
        allocator.set_max_idle(value)
    assert allocator.max_idle() == before


@pytest.mark.parametrize("value", [1.5, "1", None])
def test_a_limit_that_is_no_integer_is_refused(value):
    with pytest.raises(TypeError):
        allocator.set_max_idle(value)


def test_the_limit_comes_from_the_environment():
    code = "from fugakudnn import allocator; print(allocator.max_idle())"
    assert run(code, FUGAKUDNN_POOL_MAX_IDLE="12345678").stdout.strip() == "12345678"


# --- the command line ----------------------------------------------------------------------------------------------------------------

def test_info_shows_the_pool():
    text = subprocess.run([sys.executable, "-m", "fugakudnn", "info"], capture_output=True, text=True).stdout
    assert [line for line in text.splitlines() if line.startswith("pool:") and "idle" in line]
    facts = json.loads(subprocess.run([sys.executable, "-m", "fugakudnn", "info", "--json"], capture_output=True, text=True).stdout)
    assert facts["pool"]["max_idle_bytes"] == allocator.max_idle() and facts["pool"]["live_bytes"] >= 0
