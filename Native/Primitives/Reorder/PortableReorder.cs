using FugakuDnn.Native.Primitives.Portable;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Reorder;

/// <summary>Reorders in managed code; only the size of an element matters.</summary>
internal static class PortableReorder
{
    public const string Name = "portable";

    public static Plan Create(ReorderDesc desc, PlanContext context) => desc.Type.Size() switch
    {
        1 => new PortableReorder<byte>(desc, context.Threads),
        4 => new PortableReorder<uint>(desc, context.Threads),
        _ => new PortableReorder<ulong>(desc, context.Threads),
    };
}

/// <summary>A piece of work is some chunks of rows of the destination.</summary>
internal sealed unsafe class PortableReorder<T> : Plan
    where T : unmanaged
{
    private const int Chunk = 4096;

    private readonly StridedLoop _loop;
    private readonly long _chunksPerRow;
    private readonly Pieces _pieces;
    private readonly int _threads;

    public PortableReorder(ReorderDesc desc, int threads)
    {
        _threads = threads;
        _loop = new StridedLoop(desc.Sizes, desc.DestinationStrides, desc.SourceStrides, desc.SourceStrides);
        _chunksPerRow = Shapes.CeilDivide(_loop.Row, Chunk);
        _pieces = new Pieces(_loop.Rows * _chunksPerRow, Math.Min(_loop.Row, Chunk), PortableBlocks.Elements);
    }

    public override string Implementation => PortableReorder.Name;

    public override void Execute(in Arguments arguments)
    {
        var work = new Work
        {
            Loop = _loop,
            ChunksPerRow = _chunksPerRow,
            Pieces = _pieces,
            Source = (T*)arguments.Source,
            Destination = (T*)arguments.Destination,
        };
        WorkerTeam.Run(_pieces.Count, _threads, &Body, &work);
    }

    private static void Body(void* state, int piece, int thread)
    {
        ref Work work = ref *(Work*)state;
        (long begin, long end) = work.Pieces[piece];
        for (long i = begin; i < end; i++)
        {
            (long row, long chunk) = Math.DivRem(i, work.ChunksPerRow);
            (long to, long from, _) = work.Loop.Start(row);
            long first = chunk * Chunk, length = Math.Min(Chunk, work.Loop.Row - first);
            Copy(work.Source + from + first * work.Loop.Step1, work.Loop.Step1,
                work.Destination + to + first * work.Loop.Step0, work.Loop.Step0, length);
        }
    }

    private static void Copy(T* from, long stepFrom, T* to, long stepTo, long length)
    {
        if (stepFrom == 1 && stepTo == 1)
        {
            new ReadOnlySpan<T>(from, (int)length).CopyTo(new Span<T>(to, (int)length));
            return;
        }

        for (long i = 0; i < length; i++)
        {
            to[i * stepTo] = from[i * stepFrom];
        }
    }

    private struct Work
    {
        public StridedLoop Loop;
        public long ChunksPerRow;
        public Pieces Pieces;
        public T* Source;
        public T* Destination;
    }
}
