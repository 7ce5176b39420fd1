using System.Numerics;
using System.Numerics.Tensors;
using FugakuDnn.Native.Primitives.Portable;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Binary;

/// <summary>Operations on two tensors in managed code.</summary>
internal static class PortableBinary
{
    public const string Name = "portable";

    public static Plan Create(BinaryDesc desc, PlanContext context) => desc.Type == DataType.F32
        ? new PortableBinary<float>(desc, context.Threads)
        : new PortableBinary<double>(desc, context.Threads);
}

/// <summary>A piece of work is some chunks of rows; a chunk is what fits into the buffers that gather what is not contiguous.</summary>
internal sealed unsafe class PortableBinary<T> : Plan
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Elements of a chunk: three buffers of them stay in the first-level cache.</summary>
    private const int Chunk = 512;

    private readonly BinaryDesc _desc;
    private readonly StridedLoop _loop;
    private readonly long _chunksPerRow;
    private readonly Pieces _pieces;
    private readonly int _threads;

    public PortableBinary(BinaryDesc desc, int threads)
    {
        (_desc, _threads) = (desc, threads);
        _loop = new StridedLoop(desc.Sizes, desc.StridesC, desc.StridesA, desc.StridesB);
        _chunksPerRow = Shapes.CeilDivide(_loop.Row, Chunk);
        _pieces = new Pieces(_loop.Rows * _chunksPerRow, Math.Min(_loop.Row, Chunk), PortableBlocks.Elements);
    }

    public override string Implementation => PortableBinary.Name;

    public override void Execute(in Arguments arguments)
    {
        var work = new Work
        {
            Kind = _desc.Kind,
            Activation = _desc.Activation,
            Alpha = T.CreateTruncating(_desc.Alpha),
            Loop = _loop,
            ChunksPerRow = _chunksPerRow,
            Pieces = _pieces,
            A = (T*)arguments.Source,
            B = (T*)arguments.Source1,
            C = (T*)arguments.Destination,
        };
        WorkerTeam.Run(_pieces.Count, _threads, &Body, &work);
    }

    private static void Body(void* state, int piece, int thread)
    {
        ref Work work = ref *(Work*)state;
        Span<T> buffers = stackalloc T[3 * Chunk];
        (long begin, long end) = work.Pieces[piece];
        for (long i = begin; i < end; i++)
        {
            (long row, long chunk) = Math.DivRem(i, work.ChunksPerRow);
            (long c, long a, long b) = work.Loop.Start(row);
            long first = chunk * Chunk;
            int length = (int)Math.Min(Chunk, work.Loop.Row - first);
            Combine(in work, work.A + a + first * work.Loop.Step1, work.B + b + first * work.Loop.Step2,
                work.C + c + first * work.Loop.Step0, length, buffers);
        }
    }

    private static void Combine(in Work work, T* a, T* b, T* c, int length, Span<T> buffers)
    {
        ReadOnlySpan<T> x = Gather(a, work.Loop.Step1, length, buffers);
        ReadOnlySpan<T> y = Gather(b, work.Loop.Step2, length, buffers[Chunk..]);
        bool dense = work.Loop.Step0 == 1;
        Span<T> result = dense ? new Span<T>(c, length) : buffers.Slice(2 * Chunk, length);
        if (work.Kind == BinaryKind.Multiply)
        {
            TensorPrimitives.Multiply(x, y, result);
        }
        else if (work.Alpha == T.One)
        {
            TensorPrimitives.Add(x, y, result);
        }
        else
        {
            TensorPrimitives.MultiplyAdd(y, work.Alpha, x, result);
        }

        ActivationSpan.Apply(work.Activation, result, result);
        for (int i = 0; i < length && !dense; i++)
        {
            c[i * work.Loop.Step0] = result[i];
        }
    }

    /// <summary>The elements themselves if they are contiguous, else a copy.</summary>
    private static ReadOnlySpan<T> Gather(T* from, long step, int length, Span<T> buffer)
    {
        if (step == 1)
        {
            return new ReadOnlySpan<T>(from, length);
        }

        for (int i = 0; i < length; i++)
        {
            buffer[i] = from[i * step];
        }

        return buffer[..length];
    }

    private struct Work
    {
        public BinaryKind Kind;
        public ActivationDesc Activation;
        public T Alpha;
        public StridedLoop Loop;
        public long ChunksPerRow;
        public Pieces Pieces;
        public T* A;
        public T* B;
        public T* C;
    }
}
