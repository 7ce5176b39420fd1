namespace FugakuDnn.Native.Primitives.Pooling;

/// <summary>
/// The taps of one window along one dimension that lie inside the image: positions First, First + dilation, … (Count of them).
/// Counted adds those in the padding, which <see cref="PoolingKind.AverageIncludePadding"/> divides by.
/// </summary>
internal readonly record struct PoolingWindow(long First, long Count, long Counted)
{
    /// <summary>Taps k with 0 ≤ start + k·dilation &lt; size; those counted end at size + after instead (they start inside the leading padding).</summary>
    public static PoolingWindow Of(long output, long stride, long before, long after, long kernel, long dilation, long size)
    {
        long start = output * stride - before;
        long from = start < 0 ? (-start + dilation - 1) / dilation : 0;
        return new PoolingWindow(
            start + from * dilation, Math.Max(0, TapsBelow(size, start, kernel, dilation) - from),
            TapsBelow(size + after, start, kernel, dilation));
    }

    private static long TapsBelow(long limit, long start, long kernel, long dilation) =>
        limit <= start ? 0 : Math.Min(kernel, (limit - start - 1) / dilation + 1);
}
