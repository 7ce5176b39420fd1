using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Exports;

/// <summary>The pool: limits, statistics, and what frameworks' hooks need.</summary>
public static unsafe class PoolControl
{
    /// <summary>Gives all idle memory back to the system: the calling thread's cache, blocks between threads, and free pages.</summary>
    /// <param name="releasedBytes">Gets the bytes given back; may be null.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_trim")]
    public static int Trim([C99Type("int64_t*")] long* releasedBytes) => Boundary.Call(() =>
    {
        long released = Pool.Trim();
        if (releasedBytes != null)
        {
            *releasedBytes = released;
        }
    });

    /// <summary>Tells how much free memory the pool keeps at most.</summary>
    /// <param name="bytes">Gets it.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_max_idle_get")]
    public static int MaxIdleGet([C99Type("int64_t*")] long* bytes) => Boundary.Call(() =>
    {
        Boundary.Given(bytes, "pool", "bytes", sizeof(long));
        *bytes = PageHeap.MaxIdleBytes;
    });

    /// <summary>Sets how much free memory the pool keeps at most; more is given back at once. FUGAKUDNN_POOL_MAX_IDLE sets it at the start.</summary>
    /// <param name="bytes">0 or more.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_max_idle_set")]
    public static int MaxIdleSet(long bytes) => Boundary.Call(() =>
    {
        Native.Primitives.Check.NotNegative(bytes, "pool", "bytes");
        PageHeap.MaxIdleBytes = bytes;
    });

    /// <summary>The pool's counters.</summary>
    /// <param name="statistics">Gets them; its struct_size is to be set before.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_statistics_get")]
    public static int StatisticsGet([C99Type("fdnn_pool_statistics*")] PoolStatistics* statistics) => Boundary.Call(() =>
    {
        Boundary.Given(statistics, "pool", "statistics", sizeof(long));
        Boundary.Fill(PoolCounters.All(), statistics, statistics->StructSize, "pool", "statistics");
    });

    /// <summary>How many sizes fdnn_pool_class_get knows. Cannot fail.</summary>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_class_count")]
    public static int ClassCount()
    {
        using Entered call = Entered.Here();
        return PoolCounters.Classes;
    }

    /// <summary>Counters of the blocks of one size.</summary>
    /// <param name="index">From 0; the last is of the blocks that are too large for a size of their own.</param>
    /// <param name="statistics">Gets them; its struct_size is to be set before.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_class_get")]
    public static int ClassGet(int index, [C99Type("fdnn_pool_class_statistics*")] PoolClassStatistics* statistics) => Boundary.Call(() =>
    {
        Boundary.Given(statistics, "pool", "statistics", sizeof(long));
        if (index < 0 || index >= PoolCounters.Classes)
        {
            throw new FdnnException(Status.InvalidArgument, $"pool: index must be in [0, {PoolCounters.Classes}), got {index}");
        }

        Boundary.Fill(PoolCounters.Of(index), statistics, statistics->StructSize, "pool", "statistics");
    });

    /// <summary>
    /// Switches the debug mode: blocks end at a page that faults, freed blocks fault too, and frees of what is no block are reported on
    /// standard error. FUGAKUDNN_POOL_DEBUG=1 switches it on from the start, which finds most.
    /// </summary>
    /// <param name="on">0 or 1.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_debug_set")]
    public static int DebugSet(int on) => Boundary.Call(() =>
    {
        if (Structs.Flag(on, "pool", "on"))
        {
            _ = Pool.Trim();
        }

        DebugPool.IsOn = on == 1;
    });

    /// <summary>Sets the function that says, in debug mode, where an allocation is made, or takes it away.</summary>
    /// <param name="provider">
    /// int64_t (char* text, int64_t size): writes up to size bytes of text, returns how many. Called on allocating threads; what it
    /// allocates is not asked about. Null: none.
    /// </param>
    /// <param name="mayAsk">
    /// void* (void): called before, on the same thread; null from it means that this thread is not to be asked. For a provider that waits for a
    /// lock of its host (Python's PyGILState_GetThisThreadState gives null on threads that Python does not know). Null: all threads are asked.
    /// </param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_debug_stack")]
    public static int DebugStack([C99Type("void*")] void* provider, [C99Type("void*")] void* mayAsk) =>
        Boundary.Call(() => DebugPool.SetStackProvider(provider, mayAsk));

    /// <summary>Lists the live blocks of the debug mode, the latest first: number, bytes, address, and where it was allocated, as text.</summary>
    /// <param name="text">Gets UTF-8 with a terminating zero, cut to the size; may be null if size is 0.</param>
    /// <param name="size">Bytes of the buffer.</param>
    /// <param name="needed">Gets the bytes that the whole text needs; may be null.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_debug_leaks")]
    public static int DebugLeaks([C99Type("char*")] byte* text, long size, [C99Type("int64_t*")] long* needed) => Boundary.Call(() =>
    {
        Native.Primitives.Check.NotNegative(size, "pool", "size");
        byte[] leaks = System.Text.Encoding.UTF8.GetBytes(DebugPool.Leaks() + "\0");
        if (size > 0)
        {
            Boundary.Given(text, "pool", "text");
            Span<byte> buffer = new(text, (int)Math.Min(size, int.MaxValue));
            leaks.AsSpan(0, Math.Min(leaks.Length, buffer.Length)).CopyTo(buffer);
            buffer[Math.Min(leaks.Length, buffer.Length) - 1] = 0;
        }

        if (needed != null)
        {
            *needed = leaks.Length;
        }
    });

    /// <summary>The pool as NumPy's memory handler (NEP 49): functions with NumPy's signatures, callable at any time.</summary>
    /// <param name="functions">Gets them; its struct_size is to be set before.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_hooks")]
    public static int Hooks([C99Type("fdnn_pool_hook_functions*")] PoolHookFunctions* functions) => Boundary.Call(() =>
    {
        Boundary.Given(functions, "pool", "functions", sizeof(long));
        Boundary.Fill(PoolEntries.Hooks(), functions, functions->StructSize, "pool", "functions");
    });

    /// <summary>Whether memory is the pool's, a block that is live or one that is free. Cannot fail.</summary>
    /// <param name="memory">Any address.</param>
    /// <returns>1 or 0.</returns>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_owns")]
    public static int Owns([C99Type("void*")] void* memory)
    {
        using Entered call = Entered.Here();
        return PageMap.Mark(memory) == 0 ? 0 : 1;
    }

    /// <summary>
    /// The pool as a c10::Allocator, for c10::SetCPUAllocator. The object stays for ever; there is one for each layout and stock allocator.
    /// What the pool cannot give (no more memory, no bytes, a forked child) is asked of the stock allocator, so that errors are PyTorch's
    /// own. Its raw deleter takes memory of the pool and of the stock allocator.
    /// </summary>
    /// <param name="layout">Of c10::Allocator's virtual functions. 0: destructors, allocate, raw_deleter; 1: destructors, allocate, is_simple_data_ptr, raw_deleter, copy_data.</param>
    /// <param name="stock">PyTorch's own allocator, a c10::Allocator.</param>
    /// <param name="allocator">Gets the object.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_c10_allocator")]
    public static int C10Allocator(int layout, [C99Type("void*")] void* stock, [C99Type("void**")] void** allocator) =>
        Boundary.Call(() => C10Object(layout, stock, active: true, allocator));

    /// <summary>
    /// What has to stay installed when the pool leaves PyTorch: an allocator that takes all its memory from the stock allocator, and whose
    /// raw deleter still takes the pool's (oneDNN's tensors are freed by whatever allocator is installed then).
    /// </summary>
    /// <param name="layout">As of fdnn_c10_allocator.</param>
    /// <param name="stock">PyTorch's own allocator, a c10::Allocator.</param>
    /// <param name="allocator">Gets the object.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_c10_bystander")]
    public static int C10Bystander(int layout, [C99Type("void*")] void* stock, [C99Type("void**")] void** allocator) =>
        Boundary.Call(() => C10Object(layout, stock, active: false, allocator));

    /// <summary>Functions to make a c10::Allocator of in C++, callable at any time.</summary>
    /// <param name="stockFree">void (void* memory): the raw deleter of PyTorch's own allocator; null: none.</param>
    /// <param name="allocate">Gets void* (size_t bytes): a block of the pool, aligned to 64 bytes; null where the pool has none to give.</param>
    /// <param name="free">Gets void (void* memory): fdnn_free.</param>
    /// <param name="rawFree">Gets void (void* memory): frees the pool's memory, and hands other memory to the stock's deleter.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_c10_functions")]
    public static int C10Functions(
        [C99Type("void*")] void* stockFree, [C99Type("void**")] void** allocate, [C99Type("void**")] void** free, [C99Type("void**")] void** rawFree) =>
        Boundary.Call(() =>
        {
            Boundary.Given(allocate, "pool", "allocate", sizeof(void*));
            Boundary.Given(free, "pool", "free", sizeof(void*));
            Boundary.Given(rawFree, "pool", "raw_free", sizeof(void*));
            Dictionary<string, nint> functions = C10Thunks.Above(null, stockFree);
            *allocate = (void*)functions["c10_block"];
            *free = (void*)PoolEntries.Needed("pool_free");
            *rawFree = (void*)functions["c10_raw_free"];
        });

    /// <summary>
    /// Lets a loaded library take its own memory of alignment 64 (by posix_memalign) from the pool, or no longer; what it has got it can free at any
    /// time. Only for a library that frees all it allocates itself and hands none of it to others to free, such as oneDNN. Unsupported, and
    /// nothing changes, where the library is not loaded or its memory does not come from the C library.
    /// </summary>
    /// <param name="library">Start of its file name, for example "libdnnl.so".</param>
    /// <param name="on">0 or 1.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pool_serve")]
    public static int Serve([C99Type("const char*")] byte* library, int on) => Boundary.Call(() =>
    {
        Boundary.Given(library, "pool", "library");
        string name = Marshal.PtrToStringUTF8((nint)library)!;
        if (name.Length == 0)
        {
            throw new FdnnException(Status.InvalidArgument, "pool: library must be the start of a file name, got \"\"");
        }

        ServedLibraries.Serve(name, Structs.Flag(on, "pool", "on"));
    });

    private static void C10Object(int layout, void* stock, bool active, void** allocator)
    {
        Boundary.Given(stock, "pool", "stock", sizeof(void*));
        Boundary.Given(allocator, "pool", "allocator", sizeof(void*));
        *allocator = Native.Memory.C10Allocator.For(layout, stock, active);
    }
}
