"""A registration that comes too late would abort the process: it is refused beforehand, and everything goes on."""
import os
import signal
from pathlib import Path

import pytest

SHIM = Path(__file__).resolve().parents[1] / "fugakudnn_tensorflow" / "allocator.cc"

EARLY = {
    "import keras": "import keras",
    "physical devices": "tf.config.list_physical_devices()",
    "threads and seeds": "tf.config.threading.set_intra_op_parallelism_threads(2); tf.keras.utils.set_random_seed(1)",
    "a function, not called": "function = tf.function(lambda x: x + 1)",
    "graph mode": "tf.compat.v1.disable_eager_execution(); tf.constant(1.0) + 2.0",
}
LATE = {
    "constant": "tf.constant(1.0)",
    "Keras model": "model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(2)])",
    "dataset": "data = tf.data.Dataset.range(3)",
    "logical devices": "tf.config.list_logical_devices()",
    "session": "tf.compat.v1.disable_eager_execution(); session = tf.compat.v1.Session()",
    "tensor of an ended thread": "thread = threading.Thread(target=lambda: tf.constant(1.0)); thread.start(); thread.join()",
}
USUAL = ["constant", "Keras model", "dataset"]

REFUSED = """
{what}
for attempt in range(2):
    try:
        allocator.install()
    except RuntimeError as error:
        message = str(error)
    else:
        raise AssertionError("not refused")
    assert "before TensorFlow has made its first tensor" in message and "would abort" in message, message
    assert tf.version.VERSION in message, message
    assert not allocator.is_installed()
allocator.uninstall()
assert pool.now("allocations") == 0
if tf.executing_eagerly():
    assert tf.reduce_sum(tf.ones([100]) + 1.0).numpy() == 200
    assert pool.now("allocations") == 0
print("went on")
"""

TAKEN = """
{what}
allocator.install()
tensor = tf.ones([MIB]) + 1.0
if tf.executing_eagerly():
    assert pool.live() >= 4 * MIB
else:
    with tf.compat.v1.Session() as session:
        assert session.run(tensor).sum() == 2 * MIB
        assert pool.now("peak_live_bytes") >= 4 * MIB
assert allocator.is_installed()
print("went on")
"""

exhaustive = pytest.mark.skipif(
    not os.environ.get("FUGAKUDNN_EXHAUSTIVE"), reason="many processes that import TensorFlow; test --exhaustive runs it")


def all_went_on(processes, names):
    stopped = [(name, process) for name, process in zip(names, processes) if process.code or not process.out.endswith("went on\n")]
    assert not stopped, "\n".join(f"{name}: {process.text}" for name, process in stopped)


def test_refused_with_the_reason(run):
    all_went_on(run.at_once(*(REFUSED.format(what=LATE[name]) for name in USUAL)), USUAL)


def test_taken_in_graph_mode(run):
    run(TAKEN.format(what=EARLY["graph mode"]))


@exhaustive
@pytest.mark.parametrize("onednn", ["0", "1"])
def test_every_late_way_is_refused_and_every_early_one_taken(run, onednn):
    for what in LATE.values():
        assert run.alone(REFUSED.format(what=what), TF_ENABLE_ONEDNN_OPTS=onednn).endswith("went on\n")
    for what in EARLY.values():
        assert run.alone(TAKEN.format(what=what), TF_ENABLE_ONEDNN_OPTS=onednn).endswith("went on\n")


@exhaustive
def test_without_the_refusal_the_process_aborts(run, tmp_path):
    """What is refused is what TensorFlow aborts on, no more: the shim without its question, in the same places."""
    question, source = "if (IsLate(registry)) return 0;", SHIM.read_text()
    assert question in source
    (tmp_path / "unasked.cc").write_text(source.replace(question, ""))
    script = ("import pathlib; from fugakudnn_tensorflow import shim; "
              f"shim.SOURCE = pathlib.Path(r'{tmp_path}') / 'unasked.cc'\n{{}}\nallocator.install()")
    codes = [process.code for process in run.at_once(*(script.format(what) for what in [*LATE.values(), *EARLY.values()]))]
    assert codes == [-signal.SIGABRT] * len(LATE) + [0] * len(EARLY)
