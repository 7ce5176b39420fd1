using System.Numerics;
using Wide = System.Numerics.Vector; // our own Vector is a namespace

namespace FugakuDnn.Native.Primitives.Pooling;

/// <summary>Makes int64 indices of the int32 ones that kernels write.</summary>
internal static unsafe class IndexWidening
{
    /// <summary>
    /// Widens <paramref name="count"/> numbers that lie in the upper half of their own room. Going up, a step reads at 4·(count + i) and writes
    /// below 8·(i + step) ≤ 4·(count + i + step): never over numbers that are still to be read.
    /// </summary>
    public static void InPlace(long* indices, long count)
    {
        int* narrow = (int*)indices + count;
        int step = Vector<int>.Count;
        long i = 0;
        for (; i + step <= count; i += step)
        {
            Wide.Widen(Wide.Load(narrow + i), out Vector<long> low, out Vector<long> high);
            Wide.Store(low, indices + i);
            Wide.Store(high, indices + i + step / 2);
        }

        for (; i < count; i++)
        {
            indices[i] = narrow[i];
        }
    }
}
