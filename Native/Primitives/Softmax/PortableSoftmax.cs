using System.Numerics;
using System.Numerics.Tensors;
using FugakuDnn.Native.Primitives.Portable;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Softmax;

/// <summary>Softmax and its logarithm in managed code.</summary>
internal static class PortableSoftmax
{
    public const string Name = "portable";

    public static Plan Create(SoftmaxDesc desc, PlanContext context) => desc.Type == DataType.F32
        ? new PortableSoftmax<float>(desc, context.Threads)
        : new PortableSoftmax<double>(desc, context.Threads);
}

/// <summary>
/// The largest element m of a row is subtracted first, so that no exponential overflows: softmax = e^(x-m) / Σ, logarithm = x - m - ln Σ, with
/// Σ = Σ e^(x-m). m is exact, so the result does not depend on it otherwise. A piece of work is some columns of outer slices: a column is one
/// row of the softmax; where inner is 1, a row is contiguous, else neighbouring columns are computed together.
/// </summary>
internal sealed unsafe class PortableSoftmax<T> : Plan
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Columns computed together: maxima, sums and exponentials of them are on the stack.</summary>
    private const int Columns = 128;

    private readonly SoftmaxDesc _desc;
    private readonly Pieces _pieces;
    private readonly int _threads;

    public PortableSoftmax(SoftmaxDesc desc, int threads)
    {
        (_desc, _threads) = (desc, threads);
        long blocks = desc.Axis == 0 ? 0 : desc.Outer * Shapes.CeilDivide(desc.Inner, Columns);
        _pieces = new Pieces(blocks, (long)Int128.Min((Int128)desc.Axis * Math.Min(desc.Inner, Columns), long.MaxValue), PortableBlocks.Elements);
    }

    public override string Implementation => PortableSoftmax.Name;

    public override void Execute(in Arguments arguments)
    {
        var work = new Work
        {
            Desc = _desc,
            Pieces = _pieces,
            Source = (T*)arguments.Source,
            Destination = (T*)arguments.Destination,
        };
        WorkerTeam.Run(_pieces.Count, _threads, &Body, &work);
    }

    private static void Body(void* state, int piece, int thread)
    {
        ref Work work = ref *(Work*)state;
        long perSlice = Shapes.CeilDivide(work.Desc.Inner, Columns);
        (long begin, long end) = work.Pieces[piece];
        for (long block = begin; block < end; block++)
        {
            (long outer, long first) = Math.DivRem(block, perSlice);
            first *= Columns;
            long at = outer * work.Desc.Axis * work.Desc.Inner + first;
            if (work.Desc.Inner == 1)
            {
                Row(in work.Desc, work.Source + at, work.Destination + at);
            }
            else
            {
                Block(in work.Desc, work.Source + at, work.Destination + at, (int)Math.Min(Columns, work.Desc.Inner - first));
            }
        }
    }

    /// <summary>One contiguous row, in spans of at most <see cref="PortableBlocks.Elements"/>.</summary>
    private static void Row(in SoftmaxDesc desc, T* x, T* y)
    {
        T maximum = T.NegativeInfinity, sum = T.Zero;
        for (long i = 0; i < desc.Axis; i += PortableBlocks.Elements)
        {
            maximum = T.Max(maximum, TensorPrimitives.Max(Part(x, i, desc.Axis)));
        }

        Span<T> exponentials = stackalloc T[Columns];
        for (long i = 0; i < desc.Axis; i += Columns)
        {
            int count = (int)Math.Min(Columns, desc.Axis - i);
            Span<T> target = desc.Logarithm ? exponentials[..count] : new Span<T>(y + i, count);
            TensorPrimitives.Subtract(new ReadOnlySpan<T>(x + i, count), maximum, target);
            ExponentialSpan.Apply<T>(target, target);
            sum += TensorPrimitives.Sum<T>(target);
        }

        T logarithm = T.Log(sum);
        for (long i = 0; i < desc.Axis; i += PortableBlocks.Elements)
        {
            Span<T> target = Part(y, i, desc.Axis);
            if (desc.Logarithm)
            {
                TensorPrimitives.Subtract(Part(x, i, desc.Axis), maximum, target);
                TensorPrimitives.Subtract(target, logarithm, target);
            }
            else
            {
                TensorPrimitives.Divide(target, sum, target);
            }
        }
    }

    private static Span<T> Part(T* data, long start, long end) => new(data + start, (int)Math.Min(PortableBlocks.Elements, end - start));

    /// <summary>Neighbouring columns, each with its own maximum and sum.</summary>
    private static void Block(in SoftmaxDesc desc, T* x, T* y, int columns)
    {
        Span<T> memory = stackalloc T[3 * Columns];
        Span<T> maxima = memory[..columns], sums = memory.Slice(Columns, columns), terms = memory.Slice(2 * Columns, columns);
        maxima.Fill(T.NegativeInfinity);
        sums.Clear();
        for (long i = 0; i < desc.Axis; i++)
        {
            TensorPrimitives.Max(maxima, new ReadOnlySpan<T>(x + i * desc.Inner, columns), maxima);
        }

        for (long i = 0; i < desc.Axis; i++)
        {
            TensorPrimitives.Subtract(new ReadOnlySpan<T>(x + i * desc.Inner, columns), maxima, terms);
            ExponentialSpan.Apply<T>(terms, terms);
            TensorPrimitives.Add(sums, terms, sums);
            if (!desc.Logarithm)
            {
                terms.CopyTo(new Span<T>(y + i * desc.Inner, columns));
            }
        }

        if (desc.Logarithm)
        {
            TensorPrimitives.Log<T>(sums, sums);
        }

        for (long i = 0; i < desc.Axis; i++)
        {
            var target = new Span<T>(y + i * desc.Inner, columns);
            if (desc.Logarithm)
            {
                TensorPrimitives.Subtract(new ReadOnlySpan<T>(x + i * desc.Inner, columns), maxima, target);
                TensorPrimitives.Subtract(target, sums, target);
            }
            else
            {
                TensorPrimitives.Divide(target, sums, target);
            }
        }
    }

    private struct Work
    {
        public SoftmaxDesc Desc;
        public Pieces Pieces;
        public T* Source;
        public T* Destination;
    }
}
