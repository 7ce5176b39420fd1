using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// PyTorch's c10::Allocator over the pool: an object whose table of virtual functions is laid out by hand (Itanium C++ ABI). Its second
/// word is the stock allocator, which machine code goes on to where the pool has nothing to give.
/// </summary>
internal static unsafe class C10Allocator
{
    /// <summary>Before the functions: distance to the whole object, and type information.</summary>
    private const int WordsBeforeFunctions = 2, ObjectWords = 2;

    private static readonly string[][] Layouts =
    [
        ["c10_destroy", "c10_destroy", "c10_allocate", "c10_raw_deleter"],
        ["c10_destroy", "c10_destroy", "c10_allocate", "c10_is_simple", "c10_raw_deleter", "c10_copy_data"],
    ];

    private static readonly Dictionary<(int Layout, nint Stock), nint> Made = [];

    /// <summary>The object for a layout and a stock allocator.</summary>
    public static void* For(int layout, void* stock)
    {
        if (layout < 0 || layout >= Layouts.Length)
        {
            throw new FdnnException(Status.InvalidArgument, $"pool: layout must be in [0, {Layouts.Length}), got {layout}");
        }

        lock (Made)
        {
            if (!Made.TryGetValue((layout, (nint)stock), out nint made))
            {
                made = (nint)Make(Layouts[layout], (void**)stock);
                Made.Add((layout, (nint)stock), made);
            }

            return (void*)made;
        }
    }

    private static void* Make(string[] functions, void** stock)
    {
        void** words = (void**)NativeMemory.AllocZeroed((nuint)(ObjectWords + WordsBeforeFunctions + functions.Length), (nuint)sizeof(void*));
        void** table = words + ObjectWords + WordsBeforeFunctions;

        // The stock allocator's type information: for a dynamic_cast ours is of its kind.
        table[-1] = ((void**)*stock)[-1];
        for (int i = 0; i < functions.Length; i++)
        {
            table[i] = (void*)PoolEntries.Needed(functions[i]);
        }

        words[0] = table;
        words[1] = stock;
        return words;
    }
}
