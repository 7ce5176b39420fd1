using System.Numerics;
using FugakuDnn.Native.Kernels.Portable;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Primitives.Portable;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Convolution;

/// <summary>Convolution in managed code, every attribute.</summary>
internal static class PortableConvolution
{
    public const string Name = "portable";

    public static Plan Create(ConvolutionDesc desc, PlanContext context) => desc.Type == DataType.F32
        ? new PortableConvolution<float>(desc, context.Threads)
        : new PortableConvolution<double>(desc, context.Threads);
}

/// <summary>
/// A piece of work is some output pixels × some output channels of one group. For each kernel tap the pixels whose tap lies inside
/// the image are gathered (so padding is skipped, never multiplied) and their sums grow by a matrix product over the input channels.
/// Packed weights are simply in <see cref="WeightsLayout.Hwio"/>, whose output channels are contiguous.
/// </summary>
internal sealed unsafe class PortableConvolution<T> : Plan
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ConvolutionDesc _desc;
    private readonly ConvolutionCut _cut;

    public PortableConvolution(ConvolutionDesc desc, int threads)
    {
        _desc = desc;
        _cut = new ConvolutionCut(desc, threads, ProductScratch<T>.Columns);
        ScratchBytes = ProductScratch<T>.BytesPerThread(widensA: false) * threads;
        PackedWeightsBytes = sizeof(T) * desc.OutChannels * (desc.InChannels / desc.Groups) * desc.KernelHeight * desc.KernelWidth;
        PackedWeightsKey = $"portable hwio {desc.Type} o{desc.OutChannels} i{desc.InChannels / desc.Groups} h{desc.KernelHeight} w{desc.KernelWidth}";
    }

    public override string Implementation => PortableConvolution.Name;

    public override void Execute(in Arguments arguments)
    {
        using ScratchPool.Lease lease = ScratchPool.Rent(arguments.Scratch is null ? ScratchBytes : 0);
        bool packed = arguments.PackedWeights is not null;
        var work = new Work
        {
            Desc = _desc,
            Cut = _cut,
            Weights = new WeightsStrides(_desc, packed ? WeightsLayout.Hwio : _desc.WeightsLayout),
            Source = (T*)arguments.Source,
            WeightsData = (T*)(packed ? arguments.PackedWeights : arguments.Weights),
            Scratch = (byte*)(arguments.Scratch is null ? lease.Pointer : arguments.Scratch),
            Epilogue = new ProductEpilogue<T>
            {
                Bias = _desc.HasBias ? (T*)arguments.Bias : null,
                Residual = _desc.HasResidual ? (T*)arguments.Residual : null,
                Destination = (T*)arguments.Destination,
                ColumnStep = _cut.DestinationChannelStep,
                Alpha = T.One,
                Beta = T.One,
                Activation = _desc.Activation,
            },
        };
        WorkerTeam.Run(_cut.Pieces, _cut.Threads, &Body, &work);
    }

    public override void PackWeights(void* weights, void* packed)
    {
        var from = new WeightsStrides(_desc, _desc.WeightsLayout);
        var to = new WeightsStrides(_desc, WeightsLayout.Hwio);
        T* source = (T*)weights, destination = (T*)packed;
        for (long o = 0; o < _desc.OutChannels; o++)
        {
            for (long h = 0; h < _desc.KernelHeight; h++)
            {
                for (long w = 0; w < _desc.KernelWidth; w++)
                {
                    T* x = source + o * from.Out + h * from.Row + w * from.Column;
                    T* y = destination + o * to.Out + h * to.Row + w * to.Column;
                    for (long i = 0; i < _desc.InChannels / _desc.Groups; i++)
                    {
                        y[i * to.In] = x[i * from.In];
                    }
                }
            }
        }
    }

    private static void Body(void* state, int piece, int thread)
    {
        ref Work work = ref *(Work*)state;
        var scratch = new ProductScratch<T>(work.Scratch + thread * ProductScratch<T>.BytesPerThread(widensA: false));
        ConvolutionPiece at = work.Cut.Piece(piece);
        new Span<T>(scratch.Sums, checked((int)at.Pixels) * ProductScratch<T>.Columns).Clear();
        for (long h = 0; h < work.Desc.KernelHeight; h++)
        {
            for (long w = 0; w < work.Desc.KernelWidth; w++)
            {
                long rows = Gather(in work, in scratch, in at, h, w);
                if (rows > 0)
                {
                    AddTap(in work, in scratch, in at, h, w, rows);
                }
            }
        }

        for (long p = 0; p < at.Pixels; p++)
        {
            PixelPlace pixel = work.Cut.Pixel(at.FirstPixel + p);
            work.Epilogue.Store(
                new Span<T>(scratch.Sums + p * ProductScratch<T>.Columns, at.Channels), pixel.Destination, at.FirstChannel);
        }
    }

    /// <summary>Lists the pixels whose tap (h, w) lies inside the image: where their input starts and where their sums are.</summary>
    private static long Gather(in Work work, in ProductScratch<T> scratch, in ConvolutionPiece at, long h, long w)
    {
        T* group = work.Source + at.Group * work.Cut.InChannelsPerGroup * work.Cut.SourceChannelStep;
        PixelPlace pixel = work.Cut.Pixel(at.FirstPixel);
        long rows = 0;
        for (long p = 0; p < at.Pixels; p++)
        {
            long row = pixel.Row + h * work.Desc.DilationH, column = pixel.Column + w * work.Desc.DilationW;
            if ((ulong)row < (ulong)work.Desc.InHeight && (ulong)column < (ulong)work.Desc.InWidth)
            {
                scratch.A[rows] = group + pixel.Image + (row * work.Desc.InWidth + column) * work.Cut.SourcePixelStep;
                scratch.C[rows++] = scratch.Sums + p * ProductScratch<T>.Columns;
            }

            work.Cut.Next(ref pixel);
        }

        return rows;
    }

    private static void AddTap(in Work work, in ProductScratch<T> scratch, in ConvolutionPiece at, long h, long w, long rows)
    {
        ref readonly WeightsStrides strides = ref work.Weights;
        T* weights = work.WeightsData + at.FirstChannel * strides.Out + h * strides.Row + w * strides.Column;
        int padded = ProductScratch<T>.Padded(at.Channels);
        for (long i = 0; i < work.Cut.InChannelsPerGroup; i += PortableBlocks.Depth)
        {
            long depth = Math.Min(PortableBlocks.Depth, work.Cut.InChannelsPerGroup - i);
            T* b = weights + i * strides.In;
            long ldb = strides.In;
            if (strides.Out != 1 || padded != at.Channels)
            {
                scratch.CopySlice(b, strides.In, strides.Out, depth, at.Channels);
                b = scratch.Slice;
                ldb = ProductScratch<T>.Columns;
            }

            ProductTile<T>.Accumulate(scratch.A, scratch.C, rows, work.Cut.SourceChannelStep, b, ldb, depth, padded);
            for (long r = 0; r < rows; r++)
            {
                scratch.A[r] += depth * work.Cut.SourceChannelStep;
            }
        }
    }

    private struct Work
    {
        public ConvolutionDesc Desc;
        public ConvolutionCut Cut;
        public WeightsStrides Weights;
        public T* Source;
        public T* WeightsData;
        public byte* Scratch;
        public ProductEpilogue<T> Epilogue;
    }
}
