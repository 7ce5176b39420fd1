"""Where tensors' memory comes from and where it goes, whatever is switched meanwhile."""
import pytest


@pytest.mark.parametrize("onednn", ["0", "1"])
def test_tensors_come_from_the_pool_while_installed(run, onednn):
    run.alone("""
        assert not allocator.is_installed()
        allocator.uninstall()                           # nothing to undo
        allocator.install()
        assert allocator.is_installed()
        numbers = np.arange(3 * MIB, dtype=np.float32)

        def tensor():
            return tf.reshape(tf.constant(numbers) * 2.0, [3, -1])

        before = pool.live()
        first = tensor()
        assert first.numpy().nbytes <= pool.live() - before < 2 * first.numpy().nbytes, (before, pool.live())
        assert native.lib.fdnn_malloc_usable_size(address(first)) >= first.numpy().nbytes
        assert address(first) % 64 == 0
        matrix = tf.random.stateless_normal([64, 64], [1, 2])
        product = matrix @ matrix                       # with oneDNN: its own kernels, and its scratch memory
        np.testing.assert_allclose(product, matrix.numpy() @ matrix.numpy(), rtol=1e-4, atol=1e-5)

        allocator.uninstall()
        assert not allocator.is_installed()
        between = pool.live(), pool.now("allocations")
        second = tensor()
        assert (pool.live(), pool.now("allocations")) == between, "new memory is the C library's"

        allocator.install()                             # now a tensor exists: only a registration would be too late
        assert allocator.is_installed()
        third = tensor()
        assert pool.live() > between[0]
        assert np.array_equal(first, second) and np.array_equal(first, third) and np.array_equal(first[0], numbers[:MIB] * 2)

        allocator.uninstall()
        del first, second, third, matrix, product
        gc.collect()
        assert pool.live() - before < MIB, "the pool got its memory back, and the C library its own"
        assert tf.reduce_sum(tensor()[0, :10]).numpy() == 90
        """, TF_ENABLE_ONEDNN_OPTS=onednn)


def test_tensors_outlive_the_switch_and_the_interpreter(run):
    assert run("""
        allocator.install()
        kept, cycle = [], []
        for round in range(20):
            kept.append(tf.fill([1000 + round, 100], float(round)))
            (allocator.uninstall if round % 2 else allocator.install)()
        for round, tensor in enumerate(kept):
            assert np.all(tensor.numpy() == round)
        del kept[::3]
        views = [tensor.numpy() for tensor in kept]     # these arrays are the tensors' memory
        sums = [view[0, 0] for view in views]
        del tensor
        allocator.install()

        cycle.append((cycle, tf.ones([500_000])))       # freed by the interpreter's last garbage collection, or never
        variable = tf.Variable(tf.ones([300_000]))      # freed by TensorFlow
        function = tf.function(lambda x: x * variable)
        function(tf.ones([300_000]))
        held = threading.local()
        held.tensor = tf.ones([100_000])

        def sleep(tensor=tf.ones([100_000])):           # a thread that never ends
            allocated = tensor + 1.0
            threading.Event().wait()

        threading.Thread(target=sleep, daemon=True).start()
        model = tf.keras.Sequential([tf.keras.layers.Dense(1000), tf.keras.layers.Dense(10)])
        model(tf.ones([10, 1000]))
        allocator.uninstall()
        atexit.register(lambda: print("last", float(tf.reduce_sum(kept[0] + 1.0)) > 0, [view[0, 0] for view in views] == sums, flush=True))
        assert pool.live() > 9_000_000
        """) == "last True True\n"


def test_threads_allocate_while_another_switches(run):
    run("""
        allocator.install()
        numbers = tf.random.stateless_uniform([4, 50_000], [3, 4])
        wanted = tf.sort(numbers * 3.0 + 1.0)[:, ::100].numpy()
        before, used = pool.live(), pool.now("allocations")
        stop, failures, queue, gate = threading.Event(), [], [], threading.Lock()

        @tf.function
        def graph(x):
            return tf.sort(x * 3.0 + 1.0)[:, ::100]

        def work(number):
            try:
                for round in range(16):
                    result = graph(numbers) if round % 2 else tf.sort(numbers * 3.0 + 1.0)[:, ::100]
                    assert np.array_equal(result, wanted)
                    with gate:                          # another thread frees it
                        queue.append(result)
                        other = queue.pop(0) if len(queue) > 8 else None
                    del other, result
            except BaseException as failure:
                failures.append(failure)

        def switch():
            while not stop.wait(0.0005):
                (allocator.uninstall if allocator.is_installed() else allocator.install)()

        workers = [threading.Thread(target=work, args=[number]) for number in range(6)]
        switcher = threading.Thread(target=switch)
        for thread in workers + [switcher]:
            thread.start()
        for thread in workers:
            thread.join()
        stop.set()
        switcher.join()
        assert not failures, failures
        assert pool.now("allocations") - used > 20, "some of it was the pool's"
        del queue[:]
        gc.collect()
        assert pool.live() - before < MIB, (before, pool.live())
        """)


def test_statistics_are_tensorflows(run):
    run("""
        allocator.install(statistics=True)
        tensor = tf.zeros([MIB])
        first = tf.config.experimental.get_memory_info("CPU:0")
        assert 4 * MIB <= first["current"] < 5 * MIB and first["peak"] >= first["current"], first
        more = tensor + 1.0
        both = tf.config.experimental.get_memory_info("CPU:0")
        assert 8 * MIB <= both["current"] < 10 * MIB, both
        del tensor, more
        tf.config.experimental.reset_memory_stats("CPU:0")
        last = tf.config.experimental.get_memory_info("CPU:0")
        assert last["current"] < MIB and last["peak"] < MIB, last
        """)
