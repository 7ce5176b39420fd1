using System.Numerics;
using FugakuDnn.Native.Primitives.Portable;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Eltwise;

/// <summary>Elementwise functions in managed code.</summary>
internal static class PortableEltwise
{
    public const string Name = "portable";

    public static Plan Create(EltwiseDesc desc, PlanContext context) => desc.Type == DataType.F32
        ? new PortableEltwise<float>(desc, context.Threads)
        : new PortableEltwise<double>(desc, context.Threads);
}

/// <summary>A piece of work is a range of elements.</summary>
internal sealed unsafe class PortableEltwise<T>(EltwiseDesc desc, int threads) : Plan
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Pieces _pieces = new(desc.Count, 1, PortableBlocks.Elements);

    public override string Implementation => PortableEltwise.Name;

    public override void Execute(in Arguments arguments)
    {
        var work = new Work
        {
            Activation = desc.Activation,
            Pieces = _pieces,
            Source = (T*)arguments.Source,
            Destination = (T*)arguments.Destination,
        };
        WorkerTeam.Run(_pieces.Count, threads, &Body, &work);
    }

    private static void Body(void* state, int piece, int thread)
    {
        ref Work work = ref *(Work*)state;
        (long at, long end) = work.Pieces[piece];
        while (at < end)
        {
            int length = (int)Math.Min(end - at, PortableBlocks.Elements); // a span is shorter than 2³¹
            var x = new ReadOnlySpan<T>(work.Source + at, length);
            var y = new Span<T>(work.Destination + at, length);
            if (work.Activation.Kind == Activation.Exp)
            {
                ExponentialSpan.Apply(x, y);
            }
            else
            {
                ActivationSpan.Apply(work.Activation, x, y);
            }

            at += length;
        }
    }

    private struct Work
    {
        public ActivationDesc Activation;
        public Pieces Pieces;
        public T* Source;
        public T* Destination;
    }
}
