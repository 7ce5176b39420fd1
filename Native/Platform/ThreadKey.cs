namespace FugakuDnn.Native.Platform;

/// <summary>
/// A pointer of each thread's own, kept by the C library (a pthread key): unlike [ThreadStatic] it needs no managed memory, and can
/// be read where a thread's .NET state is gone.
/// </summary>
internal readonly unsafe struct ThreadKey
{
    /// <summary>The C library's number of the key.</summary>
    internal readonly uint Number;

    private ThreadKey(uint number) => Number = number;

    /// <summary>The calling thread's pointer; null at first.</summary>
    internal void* Value => LibC.GetThreadValue(Number);

    /// <summary>Sets the calling thread's pointer.</summary>
    internal void Set(void* value) => _ = LibC.SetThreadValue(Number, value);

    /// <param name="destructor">Native code, called with a thread's pointer, if it is not null, when the thread has all but ended; or null.</param>
    /// <exception cref="FdnnException">With <see cref="Status.OutOfMemory"/>: the process has no key left.</exception>
    internal static ThreadKey Create(void* destructor = null)
    {
        uint number;
        return LibC.CreateThreadKey(&number, destructor) == 0
            ? new ThreadKey(number)
            : throw new FdnnException(Status.OutOfMemory, "threads: the C library has no thread-specific key left (PTHREAD_KEYS_MAX)");
    }
}
