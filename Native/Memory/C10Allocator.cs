using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// PyTorch's c10::Allocator over the pool: an object whose table of virtual functions is laid out by hand (Itanium C++ ABI), above the
/// allocator that PyTorch had (its stock).
/// </summary>
/// <remarks>
/// c10's raw_allocate and raw_deallocate ask whatever allocator is installed when they are called, and oneDNN's tensors live in such
/// memory. So a raw deleter gets memory of the pool and of the stock, whichever was installed when it was taken; and when the pool
/// leaves, a bystander has to stay, which allocates as the stock does and still knows the pool's memory.
/// </remarks>
internal static unsafe class C10Allocator
{
    /// <summary>Before the functions: distance to the whole object, and type information.</summary>
    private const int WordsBeforeFunctions = 2;

    private const string Allocate = "c10_allocate", PassOn = "c10_pass_on", RawDeleter = "c10_raw_deleter";

    private static readonly string[][] Layouts =
    [
        ["c10_destroy", "c10_destroy", Allocate, RawDeleter],
        ["c10_destroy", "c10_destroy", Allocate, "c10_is_simple", RawDeleter, "c10_copy_data"],
    ];

    private static readonly Dictionary<(int Layout, nint Stock, bool Active), nint> Made = [];

    /// <summary>The object for a layout and a stock allocator: one that takes memory from the pool, or its bystander.</summary>
    public static void* For(int layout, void* stock, bool active)
    {
        if (layout < 0 || layout >= Layouts.Length)
        {
            throw new FdnnException(Status.InvalidArgument, $"pool: layout must be in [0, {Layouts.Length}), got {layout}");
        }

        lock (Made)
        {
            if (!Made.TryGetValue((layout, (nint)stock, active), out nint made))
            {
                made = (nint)Make(Layouts[layout], (void**)stock, active);
                Made.Add((layout, (nint)stock, active), made);
            }

            return (void*)made;
        }
    }

    private static void* Make(string[] functions, void** stock, bool active)
    {
        void** stockTable = (void**)*stock;
        void* stockFree = ((delegate* unmanaged<void*, void*>)stockTable[Array.IndexOf(functions, RawDeleter)])(stock);
        Dictionary<string, nint> code = C10Thunks.Above(stock, stockFree);
        void** words = (void**)NativeMemory.AllocZeroed((nuint)(1 + WordsBeforeFunctions + functions.Length), (nuint)sizeof(void*));
        void** table = words + 1 + WordsBeforeFunctions;

        // The stock allocator's type information: for a dynamic_cast ours is of its kind.
        table[-1] = stockTable[-1];
        for (int i = 0; i < functions.Length; i++)
        {
            table[i] = (void*)code[functions[i] == Allocate && !active ? PassOn : functions[i]];
        }

        words[0] = table;
        return words;
    }
}
