using System.Numerics;
using System.Numerics.Tensors;
using FugakuDnn.Native.Primitives.Portable;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Pooling;

/// <summary>Pooling in managed code, every attribute.</summary>
internal static class PortablePooling
{
    public const string Name = "portable";

    public static Plan Create(PoolingDesc desc, PlanContext context) => desc.Type == DataType.F32
        ? new PortablePooling<float>(desc, context.Threads)
        : new PortablePooling<double>(desc, context.Threads);
}

/// <summary>
/// A piece of work is a range of output rows (over batch, for NCHW also over channels). Channels last: taps are combined as spans of
/// channels. Channels first: one output after the other.
/// </summary>
internal sealed unsafe class PortablePooling<T> : Plan
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Channels combined in one go, so that sums stay in the first-level cache.</summary>
    private const int Channels = 1024;

    private readonly PoolingDesc _desc;
    private readonly Pieces _pieces;
    private readonly int _threads;

    public PortablePooling(PoolingDesc desc, int threads)
    {
        _desc = desc;
        _threads = threads;
        bool last = desc.Layout == Layout.Nhwc;
        long rows = desc.OutWidth == 0 || desc.Channels == 0 ? 0 : desc.Batch * desc.OutHeight * (last ? 1 : desc.Channels);
        double weight = (double)desc.OutWidth * (last ? desc.Channels : 1) * desc.KernelHeight * desc.KernelWidth;
        _pieces = new Pieces(rows, (long)Math.Min(weight, int.MaxValue), PortableBlocks.Elements);
    }

    public override string Implementation => PortablePooling.Name;

    public override void Execute(in Arguments arguments)
    {
        var work = new Work
        {
            Desc = _desc,
            Pieces = _pieces,
            Source = (T*)arguments.Source,
            Destination = (T*)arguments.Destination,
            Indices = _desc.HasIndices ? (long*)arguments.Workspace : null,
        };
        WorkerTeam.Run(_pieces.Count, _threads, &Body, &work);
    }

    private static void Body(void* state, int piece, int thread)
    {
        ref Work work = ref *(Work*)state;
        ref readonly PoolingDesc desc = ref work.Desc;
        (long begin, long end) = work.Pieces[piece];
        for (long row = begin; row < end; row++)
        {
            (long image, long y) = Math.DivRem(row, desc.OutHeight);
            PoolingWindow vertical = PoolingWindow.Of(
                y, desc.StrideH, desc.PadTop, desc.PadBottom, desc.KernelHeight, desc.DilationH, desc.InHeight);
            for (long x = 0; x < desc.OutWidth; x++)
            {
                PoolingWindow horizontal = PoolingWindow.Of(
                    x, desc.StrideW, desc.PadLeft, desc.PadRight, desc.KernelWidth, desc.DilationW, desc.InWidth);
                Output(in work, image, row * desc.OutWidth + x, vertical, horizontal);
            }
        }
    }

    /// <summary>One output pixel: of all channels (last), or of the plane <paramref name="image"/> (first).</summary>
    private static void Output(in Work work, long image, long pixel, PoolingWindow vertical, PoolingWindow horizontal)
    {
        ref readonly PoolingDesc desc = ref work.Desc;
        long channels = desc.Layout == Layout.Nhwc ? desc.Channels : 1;
        T* source = work.Source + image * desc.InHeight * desc.InWidth * channels;
        for (long c = 0; c < channels; c += Channels)
        {
            var window = new Window(vertical, horizontal, source + c, channels, (int)Math.Min(Channels, channels - c));
            T* destination = work.Destination + pixel * channels + c;
            if (work.Indices is not null)
            {
                MaximumWithIndex(in desc, in window, destination, work.Indices + pixel * channels + c);
            }
            else if (channels == 1)
            {
                *destination = Single(in desc, in window);
            }
            else
            {
                Combine(in desc, in window, new Span<T>(destination, window.Channels));
            }
        }
    }

    private static void Combine(in PoolingDesc desc, in Window window, Span<T> result)
    {
        bool maximum = desc.Kind == PoolingKind.Max;
        result.Fill(maximum ? T.NegativeInfinity : T.Zero);
        for (long i = 0; i < window.Vertical.Count; i++)
        {
            for (long j = 0; j < window.Horizontal.Count; j++)
            {
                var tap = new ReadOnlySpan<T>(window.Source + window.Position(in desc, i, j) * window.PixelStep, result.Length);
                if (maximum)
                {
                    TensorPrimitives.Max(result, tap, result);
                }
                else
                {
                    TensorPrimitives.Add(result, tap, result);
                }
            }
        }

        T divisor = Divisor(desc.Kind, in window);
        if (divisor != T.One)
        {
            TensorPrimitives.Divide(result, divisor, result);
        }
    }

    private static T Single(in PoolingDesc desc, in Window window)
    {
        bool maximum = desc.Kind == PoolingKind.Max;
        T result = maximum ? T.NegativeInfinity : T.Zero;
        for (long i = 0; i < window.Vertical.Count; i++)
        {
            for (long j = 0; j < window.Horizontal.Count; j++)
            {
                T value = window.Source[window.Position(in desc, i, j)];
                result = maximum ? T.Max(result, value) : result + value;
            }
        }

        return result / Divisor(desc.Kind, in window);
    }

    /// <summary>1 for an empty window, so that its mean is zero.</summary>
    private static T Divisor(PoolingKind kind, in Window window) => T.CreateTruncating(Math.Max(1, kind switch
    {
        PoolingKind.Max => 1,
        PoolingKind.AverageIncludePadding => window.Vertical.Counted * window.Horizontal.Counted,
        _ => window.Vertical.Count * window.Horizontal.Count,
    }));

    private static void MaximumWithIndex(in PoolingDesc desc, in Window window, T* destination, long* indices)
    {
        new Span<T>(destination, window.Channels).Fill(T.NegativeInfinity);
        bool any = window.Vertical.Count > 0 && window.Horizontal.Count > 0;
        new Span<long>(indices, window.Channels).Fill(any ? window.Position(in desc, 0, 0) : -1);
        for (long i = 0; i < window.Vertical.Count; i++)
        {
            for (long j = 0; j < window.Horizontal.Count; j++)
            {
                long position = window.Position(in desc, i, j);
                T* tap = window.Source + position * window.PixelStep;
                for (int c = 0; c < window.Channels; c++)
                {
                    if (tap[c] > destination[c] || T.IsNaN(tap[c]))
                    {
                        destination[c] = tap[c];
                        indices[c] = position;
                    }
                }
            }
        }
    }

    private readonly struct Window(PoolingWindow vertical, PoolingWindow horizontal, T* source, long pixelStep, int channels)
    {
        public readonly PoolingWindow Vertical = vertical, Horizontal = horizontal;
        public readonly T* Source = source;
        public readonly long PixelStep = pixelStep;
        public readonly int Channels = channels;

        /// <summary>Place of a tap in its image, row·width + column.</summary>
        public long Position(in PoolingDesc desc, long i, long j) =>
            (Vertical.First + i * desc.DilationH) * desc.InWidth + Horizontal.First + j * desc.DilationW;
    }

    private struct Work
    {
        public PoolingDesc Desc;
        public Pieces Pieces;
        public T* Source;
        public T* Destination;
        public long* Indices;
    }
}
