"""Programs give the same results with the pool as without, fail as TensorFlow fails, and may fork."""

TRAIN = """
def losses():
    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(7)
    layers = tf.keras.layers
    model = tf.keras.Sequential([layers.Input((12, 12, 3)), layers.Conv2D(8, 3, activation="relu"), layers.BatchNormalization(),
                                 layers.MaxPooling2D(), layers.Flatten(), layers.Dense(10)])
    model.compile(tf.keras.optimizers.SGD(0.05, momentum=0.9), tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    random = np.random.default_rng(1)
    images, labels = random.standard_normal((64, 12, 12, 3), np.float32), random.integers(0, 10, 64)
    history = model.fit(images, labels, batch_size=16, epochs=3, verbose=0).history["loss"]
    return [float(loss).hex() for loss in history]

tf.config.experimental.enable_op_determinism()
"""


def test_keras_trains_to_the_same_losses(run):
    with_pool, stock = run.at_once(TRAIN + """
allocator.install()
on = losses()
used = pool.now("allocations")
assert used > 500, used
allocator.uninstall()
off = losses()
assert on == off, (on, off)
print(on)
""", TRAIN + "print(losses())")
    assert with_pool.code == 0 and stock.code == 0, with_pool.text + stock.text
    assert with_pool.out == stock.out and with_pool.out.count("0x") == 3


def test_datasets(run):
    run("""
        def batches():
            data = tf.data.Dataset.range(2000).shuffle(100, seed=3).map(
                lambda i: tf.fill([100], tf.cast(i, tf.float32)) * 2.0, num_parallel_calls=4)
            words = tf.data.Dataset.from_tensor_slices([f"word number {i}, long enough to be on the heap" for i in range(2000)])
            data = tf.data.Dataset.zip((data, words)).batch(64).cache().prefetch(4)
            return [(numbers.numpy(), list(words.numpy())) for _ in range(2) for numbers, words in data]

        allocator.install()
        used = pool.now("allocations")
        on = batches()
        assert pool.now("allocations") - used > 2000
        allocator.uninstall()
        off = batches()
        assert len(on) == len(off) == 64
        for (numbers, words), (same_numbers, same_words) in zip(on, off):
            assert np.array_equal(numbers, same_numbers) and words == same_words
        """)


def test_exhaustion_is_tensorflows_error(run):
    run("""
        import resource
        allocator.install()
        small = tf.ones([1000])
        tf.sort(tf.ones([MIB]))                         # threads and their stacks are made now
        mapped = next(int(line.split()[1]) << 10 for line in open("/proc/self/status") if line.startswith("VmSize"))
        resource.setrlimit(resource.RLIMIT_AS, (mapped + 512 * MIB, resource.RLIM_INFINITY))
        for attempt in range(3):
            try:
                tf.zeros([1024, MIB])
            except tf.errors.ResourceExhaustedError as error:
                assert "[1024,1048576]" in str(error) and "fugakudnn" in str(error), error
            else:
                raise AssertionError("4 GiB where only 512 MiB are to be had")
            assert tf.reduce_sum(tf.ones([8 * MIB]) + small[0]).numpy() == 16 * MIB
        """)


def test_forked_children(run):
    """A child reads and frees what it inherited, and allocates; the parent may have used TensorFlow or not."""
    run("""
        def in_child(what):
            pid = os.fork()
            if pid == 0:
                signal.alarm(60)
                try:
                    what()
                    os._exit(0)
                except BaseException as failure:
                    print("child:", repr(failure), file=sys.stderr, flush=True)
                    os._exit(1)
            status = os.waitpid(pid, 0)[1]
            assert status == 0, f"child: wait status {status:#x}"

        def first_use():
            tensor = tf.ones([MIB]) * 3.0
            assert tf.reduce_sum(tensor).numpy() == 3 * MIB

        allocator.install()
        in_child(first_use)                             # TensorFlow itself starts in the child

        inherited = [tf.fill([MIB], float(i)) for i in range(4)]

        def use():
            global inherited
            assert [tensor.numpy()[-1] for tensor in inherited] == [0, 1, 2, 3]
            inherited.clear()
            gc.collect()
            new = [tf.constant(np.full(1000 * i, i, np.float32)) for i in range(1, 100)]
            assert all(tensor.numpy()[-1] == i for i, tensor in enumerate(new, 1))
            allocator.uninstall()
            more = tf.constant(np.ones(MIB, np.float32))
            allocator.install()
            del new, more
            gc.collect()

        for _ in range(5):
            in_child(use)
        assert [tensor.numpy()[-1] for tensor in inherited] == [0, 1, 2, 3]
        assert tf.reduce_sum(tf.add_n(inherited)).numpy() == 6 * MIB
        """)
