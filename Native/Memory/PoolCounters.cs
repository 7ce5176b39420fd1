using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>Adds up what the parts of the pool count.</summary>
internal static unsafe class PoolCounters
{
    /// <summary>Sizes of small blocks, and one for blocks of whole slices.</summary>
    public const int Classes = SizeClasses.Count + 1;

    /// <summary>All of it.</summary>
    public static PoolStatistics All()
    {
        PoolStatistics all = new()
        {
            StructSize = sizeof(PoolStatistics),
            IdleBytes = PageHeap.IdleBytes,
            MappedBytes = PageHeap.MappedBytes,
            PeakLiveBytes = PageHeap.PeakUsedBytes,
            PeakResidentBytes = PageHeap.PeakResidentBytes,
            LateFrees = Volatile.Read(ref PoolThunks.Shared->LateFrees),
            InvalidFrees = Pool.Oddities.InvalidFrees,
            Fallbacks = Pool.Oddities.Fallbacks,
            SystemCalls = Chunks.SystemCalls,
            FaultsAvoided = PageHeap.RecycledBytes / NativeMemoryPages.PageBytes,
            MaxIdleBytes = PageHeap.MaxIdleBytes,
            CacheHits = PageHeap.RecycledBlocks,
        };
        for (int i = 0; i < Classes; i++)
        {
            PoolClassStatistics of = Of(i);
            all.LiveBlocks += of.LiveBlocks;
            all.LiveBytes += of.LiveBlocks * of.BlockBytes;
            all.CachedBytes += of.CachedBlocks * of.BlockBytes;
            all.Allocations += of.Allocations;
            if (i < SizeClasses.Count)
            {
                all.CacheHits += of.Allocations - Math.Min(of.Allocations, CentralList.Lists[i + 1].Blocks.EverCut);
            }
        }

        all.LiveBytes += Pool.Large.Bytes;
        return all;
    }

    /// <summary>Of one size, from 0; the last is of whole slices.</summary>
    public static PoolClassStatistics Of(int index)
    {
        if (index == SizeClasses.Count)
        {
            (long allocations, long live, _) = Pool.Large;
            return new()
            {
                StructSize = sizeof(PoolClassStatistics), Allocations = allocations, LiveBlocks = live, Spans = live,
            };
        }

        int size = index + 1;
        long cached = 0, handedOut = 0;
        for (ThreadCache* cache = ThreadCaches.First; cache != null; cache = cache->Next)
        {
            CachedBlocks* list = cache->List(size);
            cached += list->Count;
            handedOut += list->HandedOut;
        }

        CentralList* central = CentralList.Lists + size;
        cached += central->TransferredBlocks;
        (long cut, long free, _) = central->Blocks;
        return new()
        {
            StructSize = sizeof(PoolClassStatistics),
            BlockBytes = SizeClasses.Bytes(size),
            LiveBlocks = Math.Max(cut - free - cached, 0),
            CachedBlocks = cached,
            Allocations = handedOut,
            Spans = central->Spans,
        };
    }
}
