using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>Random sizes and strides.</summary>
internal static class TestStrides
{
    public static Dims Sizes(TestRandom random, long work)
    {
        long left = Math.Max(1, work);
        var sizes = new long[random.Whole(1, 5)];
        for (int i = 0; i < sizes.Length; i++)
        {
            sizes[i] = Math.Min(left, random.Chance(0.2) ? 1 : random.Size(random.Chance(0.2) ? 300 : 20));
            left /= sizes[i];
        }

        return new Dims(sizes);
    }

    /// <summary>Every element has its own place: dimensions in random order, sometimes with gaps between them.</summary>
    public static Dims Distinct(TestRandom random, Dims sizes)
    {
        int[] order = [.. Enumerable.Range(0, sizes.Rank)];
        bool sorted = random.Chance(0.5), dense = random.Chance(0.6);
        var strides = new long[sizes.Rank];
        long stride = dense || random.Chance(0.5) ? 1 : 2;
        for (int left = order.Length; left > 0; left--)
        {
            int pick = sorted ? left - 1 : (int)random.Whole(0, left - 1);
            (order[pick], order[left - 1]) = (order[left - 1], order[pick]);
            int dimension = order[left - 1];
            strides[dimension] = stride;
            stride *= sizes[dimension];
            stride += dense ? 0 : random.Whole(0, 3);
        }

        return new Dims(strides);
    }

    /// <summary>As above, or broadcast along some dimensions.</summary>
    public static Dims Input(TestRandom random, Dims sizes)
    {
        Dims strides = Distinct(random, sizes);
        if (random.Chance(0.5))
        {
            return strides;
        }

        var broadcast = new long[sizes.Rank];
        for (int i = 0; i < broadcast.Length; i++)
        {
            broadcast[i] = random.Chance(0.5) ? 0 : strides[i];
        }

        return new Dims(broadcast);
    }
}
