using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives;

/// <summary>Rules for tensors given by sizes and strides (in elements).</summary>
internal static class StridedTensor
{
    /// <summary>Refuses negative sizes or strides, extents that overflow, and, for outputs, places shared by two elements.</summary>
    public static void Validate(string primitive, string tensor, DataType type, Dims sizes, Dims strides, bool mayOverlap)
    {
        Int128 extent = 1;
        bool empty = false;
        for (int i = 0; i < sizes.Rank; i++)
        {
            Check.NotNegative(sizes[i], primitive, $"size {i} of {tensor}");
            Check.NotNegative(strides[i], primitive, $"stride {i} of {tensor}");
            empty |= sizes[i] == 0;
            extent += (Int128)Math.Max(sizes[i] - 1, 0) * strides[i];
        }

        Check.Volume(primitive, tensor, type, (long)Int128.Min(extent, Check.MaxBytes + 1));
        long count = 1;
        for (int i = 0; i < sizes.Rank; i++)
        {
            Check.Volume(primitive, tensor, type, count, sizes[i]);
            count *= Math.Max(sizes[i], 1);
        }

        Check.That(empty || mayOverlap || !SharesPlaces(sizes, strides, broadcast: false), primitive, $"strides of {tensor}",
            "must give every element its own place", strides);
    }

    /// <summary>
    /// Whether two elements might share a place. A sufficient test that holds for every permuted or padded dense tensor: sorted by
    /// stride, each dimension steps over the ones inside it. Broadcast dimensions (stride 0) can be left out.
    /// </summary>
    public static bool SharesPlaces(Dims sizes, Dims strides, bool broadcast)
    {
        Span<int> order = stackalloc int[DimsStorage.MaxRank];
        int used = 0;
        for (int i = 0; i < sizes.Rank; i++)
        {
            if (sizes[i] > 1 && !(broadcast && strides[i] == 0))
            {
                int at = used++;
                for (; at > 0 && strides[order[at - 1]] > strides[i]; at--)
                {
                    order[at] = order[at - 1];
                }

                order[at] = i;
            }
        }

        Int128 inside = 1;
        for (int j = 0; j < used; j++)
        {
            if (strides[order[j]] < inside)
            {
                return true;
            }

            inside += (Int128)(sizes[order[j]] - 1) * strides[order[j]];
        }

        return false;
    }
}
