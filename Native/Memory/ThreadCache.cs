using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Memory;

/// <summary>Free blocks of one size in a thread's cache. Its layout is the machine code's (<c>PoolThunks</c>): 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal unsafe struct CachedBlocks
{
    /// <summary>Chained by their first words.</summary>
    public void* Head;

    /// <summary>Blocks that may still come. <see cref="Limit"/> − Room are there.</summary>
    public int Room;

    /// <summary>Most blocks; grows with use.</summary>
    public int Limit;

    /// <summary>Blocks handed out from here since the process began.</summary>
    public long HandedOut;

    /// <summary>Blocks that are there.</summary>
    public readonly int Count => Limit - Room;
}

/// <summary>
/// A thread's free blocks: allocation and release without a lock or another thread's cache line. A block goes to the cache of the
/// thread that frees it; what is too much goes on in batches (<see cref="CentralList"/>).
/// </summary>
/// <remarks>Lists of the marks that are no size stay without room, so that the machine code needs no test for them.</remarks>
[StructLayout(LayoutKind.Sequential, Size = 4096)]
internal unsafe struct ThreadCache
{
    /// <summary>One for each size and mark; first, as the machine code has it.</summary>
    private fixed long _lists[SizeClasses.Marks * 4];

    /// <summary>All caches ever made.</summary>
    public ThreadCache* Next;

    /// <summary>1 while a thread has it.</summary>
    public int Taken;

    /// <summary>The list of a size.</summary>
    public CachedBlocks* List(int size)
    {
        fixed (long* lists = _lists)
        {
            return (CachedBlocks*)lists + size;
        }
    }

    /// <summary>Gets a batch and hands out one of its blocks; null where there is no more memory.</summary>
    public void* Refill(int size)
    {
        CachedBlocks* list = List(size);
        int blocks = CentralList.Lists[size].Take(out void* chain);
        if (blocks == 0)
        {
            return null;
        }

        Grow(list, size);
        list->Head = *(void**)chain;
        list->Room -= blocks - 1;
        return chain;
    }

    /// <summary>Makes room by handing half of the blocks on, then takes a block.</summary>
    public void Put(int size, void* block)
    {
        CachedBlocks* list = List(size);
        if (list->Room <= 0)
        {
            if (list->Limit < SizeClasses.MostCached(size))
            {
                Grow(list, size);
            }
            else
            {
                HandOn(list, size, SizeClasses.Batch(size));
            }
        }

        *(void**)block = list->Head;
        list->Head = block;
        list->Room--;
    }

    /// <summary>Hands all blocks on.</summary>
    public void Clear()
    {
        for (int size = 1; size <= SizeClasses.Count; size++)
        {
            CachedBlocks* list = List(size);
            while (list->Count > 0)
            {
                HandOn(list, size, Math.Min(list->Count, SizeClasses.Batch(size)));
            }

            list->Limit = list->Room = 0;
        }
    }

    // A size that is used often gets a larger share: as many blocks as two batches at first, one more batch each time it runs out.
    private static void Grow(CachedBlocks* list, int size)
    {
        int more = Math.Min(list->Limit == 0 ? 2 * SizeClasses.Batch(size) : SizeClasses.Batch(size), SizeClasses.MostCached(size) - list->Limit);
        list->Limit += more;
        list->Room += more;
    }

    private static void HandOn(CachedBlocks* list, int size, int blocks)
    {
        void* chain = list->Head, last = chain;
        for (int i = 1; i < blocks; i++)
        {
            last = *(void**)last;
        }

        list->Head = *(void**)last;
        *(void**)last = null;
        list->Room += blocks;
        CentralList.Lists[size].Give(chain, blocks);
    }
}
