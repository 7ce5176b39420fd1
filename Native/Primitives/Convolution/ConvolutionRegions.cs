using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Convolution;

/// <summary>
/// How an NHWC convolution's output is cut into regions that one kernel call computes: some rows of an image, or, where the kernel is
/// 1×1 without stride and padding, pixels of the whole batch in one line. Regions that differ only in where they are share a kind.
/// </summary>
internal sealed class ConvolutionRegions
{
    private readonly Dictionary<string, int> _kinds = [];
    private readonly List<GemmRegion> _regions = [];
    private readonly ConvolutionDesc _desc;
    private readonly int[] _kindOf;
    private readonly int _rows;
    private readonly bool _borders;

    private ConvolutionRegions(ConvolutionDesc desc, int rows)
    {
        _desc = desc;
        _rows = rows;
        PerImage = Shapes.CeilDivide(desc.OutHeight, rows);

        // Without borders all regions but the last are alike; the list is then as short as that.
        _borders = !IsLine(desc);
        _kindOf = new int[_borders ? PerImage : 2];
        for (int i = 0; i < _kindOf.Length; i++)
        {
            long first = (_borders ? i : i * (PerImage - 1)) * rows;
            _kindOf[i] = KindOf(first, (int)Math.Min(rows, desc.OutHeight - first));
        }
    }

    /// <summary>The kinds.</summary>
    public IReadOnlyList<GemmRegion> Kinds => _regions;

    /// <summary>Regions of an image.</summary>
    public long PerImage { get; }

    /// <summary>Regions of the batch.</summary>
    public long Count => PerImage * _desc.Batch;

    /// <summary>Bytes of the source that a region reads, about.</summary>
    public long SourceBytes => _rows * _desc.StrideH * _desc.InWidth * _desc.InChannels * 4;

    /// <summary>True where the convolution is a plain GEMM over all pixels of the batch.</summary>
    public static bool IsLine(in ConvolutionDesc desc) =>
        desc is { KernelHeight: 1, KernelWidth: 1, StrideH: 1, StrideW: 1, PadTop: 0, PadBottom: 0, PadLeft: 0, PadRight: 0 };

    /// <summary>An equal convolution of one image that is one column wide, if it <see cref="IsLine"/>: its rows are the pixels.</summary>
    public static ConvolutionDesc AsLine(in ConvolutionDesc desc) => desc with
    {
        Batch = 1, InHeight = desc.Batch * desc.InHeight * desc.InWidth, InWidth = 1,
    };

    /// <summary>Output rows of a region, and the most vectors of a tile.</summary>
    public static (int Rows, int MostVectors) Choose(in ConvolutionDesc desc, PlanContext context)
    {
        long vectors = Shapes.CeilDivide(desc.OutChannels / desc.Groups, GemmTuning.VectorBytes(context.Isa) / 4);
        if (IsLine(desc))
        {
            return GemmTuning.ChooseLine(context.Isa, context.Threads, desc.OutHeight, vectors, desc.InChannels * 4);
        }

        return ConvolutionTuning.Choose(context.Isa, new ConvolutionShape(
            desc.OutHeight, desc.OutWidth, desc.KernelHeight, desc.KernelWidth, desc.StrideW, desc.DilationW, desc.PadLeft, desc.InWidth,
            desc.InChannels / desc.Groups, vectors));
    }

    /// <summary>Regions of <paramref name="rows"/> output rows.</summary>
    public static ConvolutionRegions Create(in ConvolutionDesc desc, int rows) => new(desc, rows);

    /// <summary>The taps of the kernel, in the order in which packed weights have them.</summary>
    public static GemmTap[] Taps(ConvolutionDesc desc)
    {
        long channels = desc.InChannels / desc.Groups;
        return
        [
            .. from h in Enumerable.Range(0, (int)desc.KernelHeight)
               from w in Enumerable.Range(0, (int)desc.KernelWidth)
               select new GemmTap(
                   (h * desc.DilationH * desc.InWidth + w * desc.DilationW) * desc.InChannels * 4,
                   (h * desc.KernelWidth + w) * channels, channels),
        ];
    }

    /// <summary>Where a region is: its kind and its origins, in elements. The source's origin may lie in the padding, outside the tensor.</summary>
    public (int Kind, long Source, long Destination) At(long region)
    {
        (long image, long index) = Math.DivRem(region, PerImage);
        long row = index * _rows;
        return (_kindOf[_borders ? index : index / Math.Max(1, PerImage - 1)],
            ((image * _desc.InHeight + row * _desc.StrideH - _desc.PadTop) * _desc.InWidth - _desc.PadLeft) * _desc.InChannels,
            (image * _desc.OutHeight + row) * _desc.OutWidth * _desc.OutChannels);
    }

    private int KindOf(long firstRow, int rows)
    {
        // Two regions are of a kind if their rows have the same taps.
        var valid = new bool[rows * _desc.KernelHeight];
        for (int r = 0; r < rows; r++)
        {
            for (int h = 0; h < _desc.KernelHeight; h++)
            {
                long row = (firstRow + r) * _desc.StrideH - _desc.PadTop + h * _desc.DilationH;
                valid[r * _desc.KernelHeight + h] = row >= 0 && row < _desc.InHeight;
            }
        }

        string key = string.Concat(valid.Select(v => v ? '1' : '0'));
        if (!_kinds.TryGetValue(key, out int kind))
        {
            kind = _regions.Count;
            _kinds.Add(key, kind);
            _regions.Add(Region(rows, valid));
        }

        return kind;
    }

    private GemmRegion Region(int rows, bool[] validRows)
    {
        int width = (int)_desc.OutWidth;
        var pixelsA = new long[rows * width];
        var pixelsC = new long[rows * width];
        for (int p = 0; p < pixelsA.Length; p++)
        {
            (long r, long column) = Math.DivRem(p, width);
            pixelsA[p] = (r * _desc.StrideH * _desc.InWidth + column * _desc.StrideW) * _desc.InChannels * 4;
            pixelsC[p] = p * _desc.OutChannels * 4;
        }

        return new GemmRegion(pixelsA, pixelsC, (pixel, tap) =>
        {
            (int h, int w) = Math.DivRem(tap, (int)_desc.KernelWidth);
            long column = pixel % width * _desc.StrideW - _desc.PadLeft + w * _desc.DilationW;
            return validRows[pixel / width * _desc.KernelHeight + h] && column >= 0 && column < _desc.InWidth;
        });
    }
}
