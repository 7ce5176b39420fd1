using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Memory;

namespace FugakuDnn.Native.Primitives.Pooling;

/// <summary>A run of neighbouring outputs in a row whose windows have the same columns inside the image.</summary>
/// <param name="First">First output column.</param>
/// <param name="Pixels">Outputs of the run.</param>
/// <param name="Class">Which columns: an index into <see cref="PoolingTaps"/>' classes.</param>
internal readonly record struct PoolingRun(long First, long Pixels, int Class);

/// <summary>Which taps of a window, in one dimension, lie inside the image, and how many a mean divides by.</summary>
internal readonly record struct TapRange(long From, long Count, long Counted);

/// <summary>
/// The lists of taps that <see cref="PoolKernel"/> walks: one for each combination of a row class and a column class. Windows inside the image
/// are one class; each way to stick out is another.
/// </summary>
internal sealed unsafe class PoolingTaps : IDisposable
{
    /// <summary>Taps in all lists together, at most: 48 MB would be absurd, but a global window over a large image is fine.</summary>
    private const long MostTaps = 1 << 22;

    private readonly PoolingDesc _desc;
    private readonly List<TapRange> _rowClasses = [], _columnClasses = [];
    private readonly int[] _rowClass;
    private readonly PoolingRun[] _runs;
    private readonly AlignedBuffer _offsets, _positions;
    private readonly long[] _lists;

    public PoolingTaps(PoolingDesc desc, long pixelBytes)
    {
        _desc = desc;
        _rowClass = new int[desc.OutHeight];
        for (long y = 0; y < desc.OutHeight; y++)
        {
            _rowClass[y] = ClassOf(_rowClasses, Rows(desc, y));
        }

        _runs = [.. FindRuns(desc, _columnClasses)];
        long total = _rowClasses.Sum(row => row.Count) * _columnClasses.Sum(column => column.Count);
        _offsets = new AlignedBuffer(total * sizeof(long));
        _positions = new AlignedBuffer(total * sizeof(int));
        _lists = new long[_rowClasses.Count * _columnClasses.Count];
        long at = 0;
        for (int list = 0; list < _lists.Length; list++)
        {
            _lists[list] = at;
            at = Write(_rowClasses[list / _columnClasses.Count], _columnClasses[list % _columnClasses.Count], at, pixelBytes);
        }
    }

    /// <summary>The runs of every row.</summary>
    public ReadOnlySpan<PoolingRun> Runs => _runs;

    /// <summary>Null where the lists stay small and every window has a tap.</summary>
    public static string? Refuse(PoolingDesc desc)
    {
        long rows = Math.Min(desc.OutHeight, 2 * desc.KernelHeight + 1), columns = Math.Min(desc.OutWidth, 2 * desc.KernelWidth + 1);
        if (desc.InHeight * desc.InWidth > int.MaxValue / 2 || (Int128)desc.KernelHeight * desc.KernelWidth * rows * columns > MostTaps
            || desc.OutHeight + desc.OutWidth > MostTaps)
        {
            return "too many taps to list";
        }

        for (long y = 0; y < desc.OutHeight; y++)
        {
            if (Rows(desc, y).Count <= 0)
            {
                return "every window must have a row inside the image";
            }
        }

        for (long x = 0; x < desc.OutWidth; x++)
        {
            if (Columns(desc, x).Count <= 0)
            {
                return "every window must have a column inside the image";
            }
        }

        return null;
    }

    /// <summary>Says which taps and divisor the outputs of a run in row <paramref name="y"/> have.</summary>
    public void Choose(ref PoolCall call, long y, in PoolingRun run)
    {
        TapRange rows = _rowClasses[_rowClass[y]], columns = _columnClasses[run.Class];
        long list = _lists[_rowClass[y] * _columnClasses.Count + run.Class];
        call.Taps = rows.Count * columns.Count;
        call.TapOffsets = (long*)_offsets.Data + list;
        call.TapPositions = (int*)_positions.Data + list;
        call.Divisor = new DivisorPair(_desc.Kind == PoolingKind.AverageIncludePadding ? rows.Counted * columns.Counted : call.Taps);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _offsets.Dispose();
        _positions.Dispose();
    }

    /// <summary>Taps of an output row.</summary>
    public static TapRange Rows(in PoolingDesc d, long y) =>
        Range(y, d.StrideH, d.PadTop, d.PadBottom, d.KernelHeight, d.DilationH, d.InHeight);

    private static TapRange Columns(in PoolingDesc d, long x) =>
        Range(x, d.StrideW, d.PadLeft, d.PadRight, d.KernelWidth, d.DilationW, d.InWidth);

    private static TapRange Range(long output, long stride, long before, long after, long kernel, long dilation, long size)
    {
        var window = PoolingWindow.Of(output, stride, before, after, kernel, dilation, size);
        return new TapRange((window.First - (output * stride - before)) / dilation, window.Count, window.Counted);
    }

    private static IEnumerable<PoolingRun> FindRuns(PoolingDesc desc, List<TapRange> classes)
    {
        long first = 0;
        for (long x = 1; x <= desc.OutWidth; x++)
        {
            if (x == desc.OutWidth || Columns(desc, x) != Columns(desc, first))
            {
                yield return new PoolingRun(first, x - first, ClassOf(classes, Columns(desc, first)));
                first = x;
            }
        }
    }

    private static int ClassOf(List<TapRange> classes, TapRange range)
    {
        int known = classes.IndexOf(range);
        if (known < 0)
        {
            known = classes.Count;
            classes.Add(range);
        }

        return known;
    }

    private long Write(TapRange rows, TapRange columns, long at, long pixelBytes)
    {
        for (long i = rows.From; i < rows.From + rows.Count; i++)
        {
            for (long j = columns.From; j < columns.From + columns.Count; j++)
            {
                long position = i * _desc.DilationH * _desc.InWidth + j * _desc.DilationW;
                ((long*)_offsets.Data)[at] = position * pixelBytes;
                ((int*)_positions.Data)[at++] = (int)position;
            }
        }

        return at;
    }
}
