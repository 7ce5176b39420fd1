using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// The virtual functions of <see cref="C10Allocator"/> as machine code: called on threads that managed code cannot run on. There is a page
/// of them for each stock allocator, since a deleter gets no argument but the memory, and has to know where foreign memory goes.
/// </summary>
internal static unsafe partial class C10Thunks
{
    private static readonly Dictionary<(nint Stock, nint StockFree), Dictionary<string, nint>> Pages = [];

    /// <summary>The functions above a stock allocator.</summary>
    /// <param name="stock">What <c>c10_allocate</c> goes on to where the pool has nothing to give; null if that is never called.</param>
    /// <param name="stockFree">void (void* memory): what <c>c10_raw_free</c> does with memory that is not the pool's; null: <c>fdnn_free</c>.</param>
    /// <exception cref="FdnnException">Where machine code cannot be executed.</exception>
    public static Dictionary<string, nint> Above(void* stock, void* stockFree)
    {
        lock (Pages)
        {
            if (!Pages.TryGetValue(((nint)stock, (nint)stockFree), out Dictionary<string, nint>? page))
            {
                page = Publish(stock, stockFree);
                Pages.Add(((nint)stock, (nint)stockFree), page);
            }

            return page;
        }
    }

    private static Dictionary<string, nint> Publish(void* stock, void* stockFree)
    {
        nint malloc = (nint)PoolEntries.Needed("pool_malloc"), free = (nint)PoolEntries.Needed("pool_free");
        Dictionary<string, nint> made = MachinePage.Publish(MachinePage.OfThisMachine(X64Listing, Arm64Listing), (page, labels) =>
        {
            Put("pool_malloc", malloc);
            Put("pool_free", free);
            Put("page_map", (nint)PageMap.Base);
            Put("stock", (nint)stock);
            Put("stock_free", stockFree == null ? free : (nint)stockFree);
            Put("memcpy", (nint)LibC.FindSymbol(null, "memcpy"));

            void Put(string label, nint value) => *(nint*)(page + labels[label]) = value;
        });
        return made.Count > 0 ? made : throw new FdnnException(Status.OutOfMemory, "pool: there is no memory for the machine code that PyTorch needs");
    }
}
