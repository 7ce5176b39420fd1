namespace FugakuDnn.Native.Threading;

/// <summary>Cuts a range into contiguous chunks whose sizes differ by at most one unit. A function of its arguments only.</summary>
internal static class Partition
{
    /// <summary>Chunk <paramref name="index"/> of <paramref name="chunks"/>; the first ones are the larger. Empty where there is too little.</summary>
    internal static (long Begin, long End) Chunk(long count, int chunks, int index)
    {
        long least = count / chunks, larger = count % chunks;
        long begin = index * least + Math.Min(index, larger);
        return (begin, begin + least + (index < larger ? 1 : 0));
    }

    /// <summary>As above, cutting only at multiples of <paramref name="granularity"/>.</summary>
    internal static (long Begin, long End) Chunk(long count, int chunks, int index, long granularity)
    {
        long units = count / granularity + (count % granularity != 0 ? 1 : 0);
        (long begin, long end) = Chunk(units, chunks, index);
        return (Math.Min(begin * granularity, count), Math.Min(end * granularity, count));
    }

    /// <summary>Size of the largest chunk of <see cref="Chunk(long, int, int, long)"/>.</summary>
    internal static long LargestChunk(long count, int chunks, long granularity = 1)
    {
        (long begin, long end) = Chunk(count, chunks, 0, granularity);
        return end - begin;
    }
}
