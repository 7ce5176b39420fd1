using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;

namespace FugakuDnn.Native.Primitives;

/// <summary>Transposes matrices of 32-bit elements with generated code; many at once on the team.</summary>
internal sealed unsafe class Transposer(Isa isa) : IDisposable
{
    /// <summary>Columns of a piece of work: whole cache lines, and enough of them to be worth a call.</summary>
    private const long PieceColumns = 256;

    private readonly Kernel _kernel = KernelCache.Acquire(isa, "", "transpose", TransposeKernel.Generate);

    /// <summary>destination[column][row] = source[row][column]; strides in elements.</summary>
    public void Run(void* source, void* destination, long rows, long columns, long sourceStride, long destinationStride)
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }

        TransposeCall call;
        call.Source = source;
        call.Destination = destination;
        call.Rows = rows;
        call.Columns = columns;
        call.SourceStride = sourceStride * 4;
        call.DestinationStride = destinationStride * 4;
        ((delegate* unmanaged<TransposeCall*, void>)_kernel.Address)(&call);
    }

    /// <summary>Transposes <paramref name="count"/> dense matrices that follow each other, on the team.</summary>
    public void RunMany(void* source, void* destination, long count, long rows, long columns)
    {
        var work = new Work
        {
            Transposer = this, Source = (float*)source, Destination = (float*)destination, Rows = rows, Columns = columns,
            Pieces = Shapes.CeilDivide(columns, PieceColumns),
        };
#pragma warning disable CS8500 // The struct holds a reference: it stays on this stack, where the collector sees it, until Run returns.
        WorkerTeam.Run(checked((int)(count * work.Pieces)), &Piece, &work);
#pragma warning restore CS8500
    }

    /// <inheritdoc/>
    public void Dispose() => _kernel.Dispose();

    private static void Piece(void* state, int piece, int thread)
    {
#pragma warning disable CS8500
        var work = (Work*)state;
#pragma warning restore CS8500
        (long matrix, long part) = Math.DivRem(piece, work->Pieces);
        long first = part * PieceColumns;
        long origin = matrix * work->Rows * work->Columns;
        work->Transposer.Run(
            work->Source + origin + first, work->Destination + origin + first * work->Rows,
            work->Rows, Math.Min(PieceColumns, work->Columns - first), work->Columns, work->Rows);
    }

    private struct Work
    {
        public Transposer Transposer;
        public float* Source;
        public float* Destination;
        public long Rows;
        public long Columns;
        public long Pieces;
    }
}
