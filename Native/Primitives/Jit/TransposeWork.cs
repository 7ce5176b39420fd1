using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Jit;

/// <summary>
/// A permutation of 32-bit elements whose innermost dimension differs between source and destination. Those two make matrices: the
/// source's innermost dimension is a matrix's columns, the destination's its rows; all other dimensions number the matrices. A piece is some
/// columns of one matrix, or some matrices.
/// </summary>
internal sealed unsafe class TransposeWork : IDisposable
{
    private readonly Kernel _kernel;
    private readonly long[] _outerSizes, _outerSource, _outerDestination;
    private readonly long _rows, _columns, _sourceStride, _destinationStride, _matrices, _matricesOfPiece, _parts, _partColumns;
    private readonly int _pieces;

    /// <param name="context">ISA and threads.</param>
    /// <param name="sizes">Sizes, all positive, ordered by the destination's strides.</param>
    /// <param name="source">Strides in elements; one is 1, and not the last.</param>
    /// <param name="destination">Strides in elements; the last is 1.</param>
    public TransposeWork(PlanContext context, long[] sizes, long[] source, long[] destination)
    {
        _kernel = KernelCache.Acquire(context.Isa, "", "transpose", TransposeKernel.Generate);
        int column = Array.LastIndexOf(source, 1L);
        (_columns, _destinationStride) = (sizes[column], destination[column]);
        (_rows, _sourceStride) = (sizes[^1], source[^1]);
        int[] outer = [.. Enumerable.Range(0, sizes.Length - 1).Where(d => d != column)];
        _outerSizes = [.. outer.Select(d => sizes[d])];
        _outerSource = [.. outer.Select(d => source[d])];
        _outerDestination = [.. outer.Select(d => destination[d])];
        _matrices = 1;
        foreach (long size in _outerSizes)
        {
            _matrices *= size;
        }

        long wanted = _matrices * _rows * _columns <= ElementwiseTuning.SmallElements ? 1 : context.Threads;
        long parts = _matrices >= 4 * wanted ? 1 : Shapes.CeilDivide(wanted, _matrices);
        _partColumns = Shapes.RoundUp(Shapes.CeilDivide(_columns, parts), ElementwiseTuning.Granularity);
        _parts = Shapes.CeilDivide(_columns, _partColumns);
        _matricesOfPiece = _parts > 1 ? 1 : Shapes.CeilDivide(_matrices, wanted);
        _pieces = checked((int)(Shapes.CeilDivide(_matrices, _matricesOfPiece) * _parts));
    }

    /// <summary>Reorders.</summary>
    public void Run(void* source, void* destination)
    {
        var state = new State { Work = this, Source = (float*)source, Destination = (float*)destination };
#pragma warning disable CS8500 // The struct holds a reference: it stays on this stack, where the collector sees it, until Run returns.
        WorkerTeam.Run(_pieces, &Piece, &state);
#pragma warning restore CS8500
    }

    /// <inheritdoc/>
    public void Dispose() => _kernel.Dispose();

    private static void Piece(void* state, int piece, int thread)
    {
#pragma warning disable CS8500
        var work = (State*)state;
#pragma warning restore CS8500
        work->Work.Compute(work->Source, work->Destination, piece);
    }

    private void Compute(float* source, float* destination, int piece)
    {
        (long block, long part) = Math.DivRem(piece, _parts);
        long matrix = block * _matricesOfPiece, end = Math.Min(matrix + _matricesOfPiece, _matrices), first = part * _partColumns;
        for (; matrix < end; matrix++)
        {
            long index = matrix, from = first, to = first * _destinationStride;
            for (int d = _outerSizes.Length - 1; d >= 0; d--)
            {
                (index, long i) = Math.DivRem(index, _outerSizes[d]);
                from += i * _outerSource[d];
                to += i * _outerDestination[d];
            }

            var call = new TransposeCall
            {
                Source = source + from, Destination = destination + to, Rows = _rows, Columns = Math.Min(_partColumns, _columns - first),
                SourceStride = _sourceStride * sizeof(float), DestinationStride = _destinationStride * sizeof(float),
            };
            ((delegate* unmanaged<TransposeCall*, void>)_kernel.Address)(&call);
        }
    }

    private struct State
    {
        public TransposeWork Work;
        public float* Source;
        public float* Destination;
    }
}
