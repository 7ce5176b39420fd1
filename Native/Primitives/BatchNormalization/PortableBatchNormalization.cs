using System.Numerics;
using System.Numerics.Tensors;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Primitives.Portable;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.BatchNormalization;

/// <summary>Batch normalisation in managed code.</summary>
internal static class PortableBatchNormalization
{
    public const string Name = "portable";

    public static Plan Create(BatchNormalizationDesc desc, PlanContext context) => desc.Type == DataType.F32
        ? new PortableBatchNormalization<float>(desc, context.Threads)
        : new PortableBatchNormalization<double>(desc, context.Threads);
}

/// <summary>
/// Mean, variance, scale and shift become one factor and one addend a channel (computed in double, kept in scratch memory): y = factor·x + addend.
/// A piece of work is some rows: the channels of a pixel (NHWC), or the pixels of a channel (NCHW).
/// </summary>
internal sealed unsafe class PortableBatchNormalization<T> : Plan
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly BatchNormalizationDesc _desc;
    private readonly Pieces _pieces;
    private readonly int _threads;

    public PortableBatchNormalization(BatchNormalizationDesc desc, int threads)
    {
        (_desc, _threads) = (desc, threads);
        bool last = desc.Layout == Layout.Nhwc;
        long row = last ? desc.Channels : desc.Spatial, rows = row == 0 ? 0 : desc.Batch * (last ? desc.Spatial : desc.Channels);
        _pieces = new Pieces(rows, row, PortableBlocks.Elements);
        ScratchBytes = 2 * sizeof(T) * desc.Channels;
    }

    public override string Implementation => PortableBatchNormalization.Name;

    public override void Execute(in Arguments arguments)
    {
        if (_pieces.Count == 0)
        {
            return;
        }

        using ScratchPool.Lease lease = ScratchPool.Rent(arguments.Scratch is null ? ScratchBytes : 0);
        T* factors = (T*)(arguments.Scratch is null ? lease.Pointer : arguments.Scratch);
        var work = new Work
        {
            Desc = _desc,
            Pieces = _pieces,
            Factors = factors,
            Addends = factors + _desc.Channels,
            Source = (T*)arguments.Source,
            Destination = (T*)arguments.Destination,
        };
        Fold(in arguments, work.Factors, work.Addends);
        WorkerTeam.Run(_pieces.Count, _threads, &Body, &work);
    }

    private void Fold(in Arguments arguments, T* factors, T* addends)
    {
        T* mean = (T*)arguments.Mean, variance = (T*)arguments.Variance, scale = (T*)arguments.Scale, shift = (T*)arguments.Shift;
        for (long c = 0; c < _desc.Channels; c++)
        {
            double factor = (scale is null ? 1 : double.CreateTruncating(scale[c]))
                / Math.Sqrt(double.CreateTruncating(variance[c]) + _desc.Epsilon);
            factors[c] = T.CreateTruncating(factor);
            addends[c] = T.CreateTruncating((shift is null ? 0 : double.CreateTruncating(shift[c])) - double.CreateTruncating(mean[c]) * factor);
        }
    }

    private static void Body(void* state, int piece, int thread)
    {
        ref Work work = ref *(Work*)state;
        bool last = work.Desc.Layout == Layout.Nhwc;
        long length = last ? work.Desc.Channels : work.Desc.Spatial;
        (long begin, long end) = work.Pieces[piece];
        for (long row = begin; row < end; row++)
        {
            for (long i = 0; i < length; i += PortableBlocks.Elements)
            {
                int count = (int)Math.Min(PortableBlocks.Elements, length - i);
                var x = new ReadOnlySpan<T>(work.Source + row * length + i, count);
                var y = new Span<T>(work.Destination + row * length + i, count);
                if (last)
                {
                    TensorPrimitives.MultiplyAdd(x, new ReadOnlySpan<T>(work.Factors + i, count), new ReadOnlySpan<T>(work.Addends + i, count), y);
                }
                else
                {
                    long channel = row % work.Desc.Channels;
                    TensorPrimitives.Multiply(x, work.Factors[channel], y);
                    TensorPrimitives.Add(y, work.Addends[channel], y);
                }

                ActivationSpan.Apply(work.Desc.Activation, y, y);
            }
        }
    }

    private struct Work
    {
        public BatchNormalizationDesc Desc;
        public Pieces Pieces;
        public T* Factors;
        public T* Addends;
        public T* Source;
        public T* Destination;
    }
}
