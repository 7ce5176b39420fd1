"""The shim is compiled once a user and TensorFlow, whoever comes first, and says why where it cannot be."""
import stat

INSTALL = """
allocator.install()
assert tf.reduce_sum(tf.ones([MIB])).numpy() == MIB and pool.now("peak_live_bytes") >= 4 * MIB
"""


def test_two_processes_compile_at_once_and_a_third_needs_no_compiler(run, tmp_path):
    for process in run.at_once(INSTALL, INSTALL, XDG_CACHE_HOME=str(tmp_path)):
        assert process.code == 0, process.text
    folder = tmp_path / "fugakudnn" / "tensorflow"
    assert [path.suffix for path in folder.iterdir()] == [".so"], list(folder.iterdir())
    assert not stat.S_IMODE(folder.stat().st_mode) & 0o077
    run(INSTALL, XDG_CACHE_HOME=str(tmp_path), CXX="/nowhere/c++")


def test_says_what_is_missing(run, tmp_path):
    run("""
        import pathlib
        from fugakudnn_tensorflow import shim

        def refusal():
            try:
                allocator.install()
            except RuntimeError as error:
                assert not allocator.is_installed()
                return str(error)
            raise AssertionError("not refused")

        paths = os.environ.pop("PATH")
        os.environ["PATH"] = "/nowhere"
        message = refusal()
        assert "C++ compiler" in message and "c++, g++, clang++" in message and "CXX" in message, message
        os.environ["PATH"] = paths

        os.environ["CXX"] = "/nowhere/c++ -m64"
        assert "not found in PATH: /nowhere/c++." in refusal()
        del os.environ["CXX"]

        right, shim.SOURCE = shim.SOURCE, pathlib.Path(os.environ["XDG_CACHE_HOME"]) / "wrong.cc"
        shim.SOURCE.write_text("#include <no/such/header.h>\\n")
        message = refusal()
        assert f"for TensorFlow {tf.version.VERSION}" in message and "no/such/header.h" in message and "exit code 1" in message, message
        shim.SOURCE = right
        assert not list(shim.cache_folder().iterdir()), "nothing is left of what failed"

        path = shim.cached(tf)
        path.write_bytes(b"not a library")
        message = refusal()
        assert str(path) in message and "delete it" in message, message
        path.unlink()

        allocator.install()                             # none of it stands in the way of what works
        tensor = tf.ones([MIB])
        assert pool.live() >= 4 * MIB
        """, XDG_CACHE_HOME=str(tmp_path))


def test_a_cache_folder_that_cannot_be_made_is_no_hindrance(run, tmp_path):
    (tmp_path / "file").write_text("")
    run(INSTALL, XDG_CACHE_HOME=str(tmp_path / "file" / "cache"))
    assert (tmp_path / "file").read_text() == ""
