"""Threads whose exceptions are the test's."""
import threading


def at_once(work, count):
    """Runs ``work(index)`` in ``count`` threads; raises what one of them raised."""
    raised = []

    def run(index):
        try:
            work(index)
        except BaseException as error:  # noqa: B902  whatever it is, it belongs to the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
