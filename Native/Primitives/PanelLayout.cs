using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives;

/// <summary>The steps of k of a panel as three nested loops over the unpacked tensor, outermost first; strides in elements.</summary>
internal readonly record struct PanelSteps(long Outer, long OuterStride, long Middle, long MiddleStride, long Inner, long InnerStride)
{
    /// <summary>A single loop.</summary>
    public PanelSteps(long count, long stride)
        : this(1, 0, 1, 0, count, stride)
    {
    }
}

/// <summary>
/// B of a GEMM, packed: for each group, for each block of columns, [step of k][column of the block], the last vector padded with zeros.
/// Elements take 32 bits.
/// </summary>
internal sealed unsafe class PanelLayout : IDisposable
{
    /// <summary>Bytes of the buffer that strided steps are transposed through; it stays in L1.</summary>
    private const int BufferBytes = 16 << 10;

    private readonly Transposer _transposer;
    private readonly int _lanes;
    private readonly long _groups;
    private readonly long[] _offsets;
    private readonly long[] _first;
    private readonly long _groupBytes;

    public PanelLayout(Isa isa, long groups, long columns, long steps, int mostVectors)
    {
        _lanes = GemmTuning.VectorBytes(isa) / 4;
        _groups = groups;
        Columns = GemmColumns.Cut(columns, _lanes, mostVectors);
        _first = GemmColumns.Firsts(Columns, _lanes);
        _offsets = new long[Columns.Length];
        for (int i = 0; i < Columns.Length; i++)
        {
            _offsets[i] = _groupBytes;
            _groupBytes += Shapes.RoundUp(steps * Columns[i].Vectors * _lanes * 4L, 256);
        }

        _transposer = new Transposer(isa); // last: nothing after it fails and leaves its kernels behind
        Key = $"{isa} panels g{groups} n{columns} k{steps} v{mostVectors}";
    }

    /// <summary>The blocks of one group's columns.</summary>
    public GemmColumns[] Columns { get; }

    /// <summary>Bytes of all panels.</summary>
    public long Bytes => _groups * _groupBytes;

    /// <summary>Equal where the layout is.</summary>
    public string Key { get; }

    /// <summary>Where a panel starts, in bytes.</summary>
    public long Offset(long group, int block) => group * _groupBytes + _offsets[block];

    /// <summary>A block's first column within its group.</summary>
    public long FirstColumn(int block) => _first[block];

    /// <summary>Packs. All strides are in elements of 32 bits.</summary>
    public void Pack(float* source, float* packed, long groupStride, long columnStride, PanelSteps steps)
    {
        var work = new PackWork
        {
            Source = source, Packed = packed, GroupStride = groupStride, ColumnStride = columnStride, Steps = steps, Layout = this,
        };
#pragma warning disable CS8500 // The struct holds a reference: it stays on this stack, where the collector sees it, until Run returns.
        WorkerTeam.Run(checked((int)(_groups * Columns.Length)), &Piece, &work);
#pragma warning restore CS8500
    }

    /// <summary>Packs bytes, four elements of k a step. Strides are in elements.</summary>
    public void PackBytes(byte* source, byte* packed, long groupStride, long columnStride, long elementStride, long steps)
    {
        for (long group = 0; group < _groups; group++)
        {
            for (int block = 0; block < Columns.Length; block++)
            {
                byte* to = packed + Offset(group, block);
                byte* from = source + group * groupStride + _first[block] * columnStride;
                int width = Columns[block].Vectors * _lanes;
                int real = width - _lanes + Columns[block].LastLanes;
                for (long element = 0; element < steps * width * 4; element++)
                {
                    (long step, long rest) = Math.DivRem(element, width * 4L);
                    (long column, long part) = Math.DivRem(rest, 4);
                    to[element] = column < real ? from[column * columnStride + (step * 4 + part) * elementStride] : (byte)0;
                }
            }
        }
    }

    private static void Piece(void* state, int piece, int thread)
    {
#pragma warning disable CS8500
        var work = (PackWork*)state;
#pragma warning restore CS8500
        var layout = work->Layout;
        (long group, long block) = Math.DivRem((long)piece, layout.Columns.Length);
        float* source = work->Source + group * work->GroupStride + layout._first[block] * work->ColumnStride;
        float* target = (float*)((byte*)work->Packed + layout.Offset(group, (int)block));
        var (vectors, lastLanes) = layout.Columns[block];
        int width = vectors * layout._lanes;
        int real = width - layout._lanes + lastLanes;
        layout.PackPanel(source, work->ColumnStride, work->Steps, target, width, real);
    }

    private void PackPanel(float* source, long columnStride, PanelSteps steps, float* target, int width, int real)
    {
        if (real < width)
        {
            ClearPadding(target, steps.Outer * steps.Middle * steps.Inner, width, real);
        }

        if (steps.InnerStride > 1 && columnStride > 1 && steps.InnerStride == steps.Outer * steps.Middle
            && steps.MiddleStride == 1 && steps.OuterStride == steps.Middle && steps.InnerStride * width * 4 <= 4 * BufferBytes)
        {
            PackInnermostLast(source, columnStride, steps, target, width, real);
            return;
        }

        for (long outer = 0; outer < steps.Outer; outer++)
        {
            for (long middle = 0; middle < steps.Middle; middle++)
            {
                PackStretch(
                    source + outer * steps.OuterStride + middle * steps.MiddleStride, columnStride, steps.InnerStride, steps.Inner, target, width, real);
                target += steps.Inner * width;
            }
        }
    }

    /// <summary>[step][column] from memory where steps, or columns, are contiguous; from anywhere else element by element.</summary>
    private void PackStretch(float* source, long columnStride, long stepStride, long steps, float* target, int width, int real)
    {
        if (stepStride == 1)
        {
            _transposer.Run(source, target, real, steps, columnStride, width);
            return;
        }

        for (long step = 0; step < steps; step++)
        {
            float* from = source + step * stepStride;
            float* to = target + step * width;
            if (columnStride == 1)
            {
                new ReadOnlySpan<float>(from, real).CopyTo(new Span<float>(to, real));
                continue;
            }

            for (int column = 0; column < real; column++)
            {
                to[column] = from[column * columnStride];
            }
        }
    }

    /// <summary>
    /// PyTorch's weights: [column][inner][outer·middle]. A few of the inner steps with all their taps are contiguous: transpose them into a
    /// buffer, then copy each tap's rows to where the panel has them.
    /// </summary>
    private void PackInnermostLast(float* source, long columnStride, PanelSteps steps, float* target, int width, int real)
    {
        long taps = steps.InnerStride;
        int inners = (int)Math.Clamp(BufferBytes / 4 / (taps * width), 1, steps.Inner);
        float* buffer = stackalloc float[checked((int)(inners * taps * width))];
        for (long first = 0; first < steps.Inner; first += inners)
        {
            long count = Math.Min(inners, steps.Inner - first);
            _transposer.Run(source + first * taps, buffer, real, count * taps, columnStride, width);
            for (long tap = 0; tap < taps; tap++)
            {
                for (long inner = 0; inner < count; inner++)
                {
                    new ReadOnlySpan<float>(buffer + (inner * taps + tap) * width, real)
                        .CopyTo(new Span<float>(target + (tap * steps.Inner + first + inner) * width, real));
                }
            }
        }
    }

    private static void ClearPadding(float* target, long steps, int width, int real)
    {
        for (long step = 0; step < steps; step++)
        {
            new Span<float>(target + step * width + real, width - real).Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _transposer.Dispose();

    private struct PackWork
    {
        public PanelLayout Layout;
        public float* Source;
        public float* Packed;
        public long GroupStride;
        public long ColumnStride;
        public PanelSteps Steps;
    }
}
