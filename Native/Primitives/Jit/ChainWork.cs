using System.Runtime.CompilerServices;
using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Jit;

/// <summary>
/// A chain applied to tensors, cut for a team. Vocabulary: the last dimension is a <em>row</em>, all others together number the
/// <em>lines</em>; lines that differ only in the last but one dimension are done by one call. A piece is a range of lines, or, where there are
/// few, a part of one line.
/// </summary>
internal sealed unsafe class ChainWork : IDisposable
{
    private const int Source = 0, Destination = 1, FirstOperand = 2;

    private readonly Kernel _kernel;
    private readonly long[] _sizes;
    private readonly long[]?[] _strides;
    private readonly bool[] _moves;
    private readonly float[] _constants;
    private readonly long _lines, _partsOfLine, _partLength, _linesOfPiece;

    /// <param name="context">ISA and threads.</param>
    /// <param name="chain">What happens to each element.</param>
    /// <param name="sizes">All positive, outermost first, at least one.</param>
    /// <param name="source">Strides of the source; the last one is 1.</param>
    /// <param name="destination">Strides of the destination; the last one is 1.</param>
    /// <param name="operands">The chain's operands, in slot order.</param>
    public ChainWork(PlanContext context, Chain chain, long[] sizes, long[] source, long[] destination, IReadOnlyList<ChainOperand> operands)
    {
        _sizes = sizes;
        _strides = [source, destination, .. operands.Select(operand => operand.Strides)];
        _moves = [true, true, .. chain.Operands()];
        _constants = [.. operands.Select(operand => operand.Constant)];
        _kernel = KernelCache.Acquire(context.Isa, chain.ToString(), "elementwise", a => ElementwiseKernel.Generate(chain, a));
        long row = sizes[^1];
        _lines = 1;
        foreach (long size in sizes.AsSpan(0, sizes.Length - 1))
        {
            _lines *= size;
        }

        long wanted = _lines * row <= ElementwiseTuning.SmallElements ? 1 : context.Threads;
        _partsOfLine = _lines >= 4 * wanted ? 1 : Math.Clamp(row / ElementwiseTuning.SmallElements * 4, 1, Shapes.CeilDivide(wanted, _lines));
        _partLength = Shapes.RoundUp(Shapes.CeilDivide(row, _partsOfLine), ElementwiseTuning.Granularity);
        _partsOfLine = Shapes.CeilDivide(row, _partLength);
        _linesOfPiece = _partsOfLine > 1 ? 1 : Shapes.CeilDivide(_lines, wanted);
        Pieces = checked((int)(Shapes.CeilDivide(_lines, _linesOfPiece) * _partsOfLine));
    }

    /// <summary>Pieces a run is cut into.</summary>
    public int Pieces { get; }

    /// <summary>Applies the chain.</summary>
    /// <param name="source">First element.</param>
    /// <param name="destination">Where the first result goes.</param>
    /// <param name="operands">First elements of the operands, in slot order; those of constants are ignored.</param>
    public void Run(void* source, void* destination, params ReadOnlySpan<nint> operands)
    {
        Constants constants = default;
        State state = default;
        state.Work = this;
        state.At[Source] = (nint)source;
        state.At[Destination] = (nint)destination;
        for (int slot = 0; slot < _constants.Length; slot++)
        {
            constants[slot] = _constants[slot];
            state.At[FirstOperand + slot] = _strides[FirstOperand + slot] is null ? (nint)((float*)&constants + slot) : operands[slot];
        }

#pragma warning disable CS8500 // The struct holds a reference: it stays on this stack, where the collector sees it, until Run returns.
        WorkerTeam.Run(Pieces, &Piece, &state);
#pragma warning restore CS8500
    }

    /// <inheritdoc/>
    public void Dispose() => _kernel.Dispose();

    private static void Piece(void* state, int piece, int thread)
    {
#pragma warning disable CS8500
        var work = (State*)state;
#pragma warning restore CS8500
        work->Work.Compute(ref work->At, piece);
    }

    private void Compute(ref Addresses at, int piece)
    {
        (long block, long part) = Math.DivRem(piece, _partsOfLine);
        long from = part * _partLength, count = Math.Min(_partLength, _sizes[^1] - from);
        long line = block * _linesOfPiece, end = Math.Min(line + _linesOfPiece, _lines);
        long rows = _sizes.Length > 1 ? _sizes[^2] : 1;
        while (line < end)
        {
            long some = Math.Min(rows - line % rows, end - line);
            Lines(ref at, line, some, from, count);
            line += some;
        }
    }

    /// <summary>One call: consecutive lines of one block of rows, of each the same part.</summary>
    private void Lines(ref Addresses at, long line, long rows, long from, long count)
    {
        ElementwiseCall call = default;
        call.Count = count;
        call.Rows = rows;
        call.Constants = Exponential.Constants;
        call.Source = (void*)Place(ref at, Source, line, from, count, out call.SourceGap);
        call.Destination = (void*)Place(ref at, Destination, line, from, count, out call.DestinationGap);
        for (int slot = 0; slot < _constants.Length; slot++)
        {
            call.Operands[slot] = Place(ref at, FirstOperand + slot, line, from, count, out long gap);
            call.Gaps[slot] = gap;
        }

        ((delegate* unmanaged<ElementwiseCall*, void>)_kernel.Address)(&call);
    }

    private nint Place(ref Addresses at, int stream, long line, long from, long count, out long gap)
    {
        gap = 0;
        if (_strides[stream] is not { } strides)
        {
            return at[stream];
        }

        bool moves = _moves[stream];
        long offset = moves ? from : 0;
        for (int d = _sizes.Length - 2; d >= 0; d--)
        {
            (line, long index) = Math.DivRem(line, _sizes[d]);
            offset += index * strides[d];
        }

        long stride = strides.Length > 1 ? strides[^2] : 0;
        gap = (stride - (moves ? count : 0)) * sizeof(float);
        return at[stream] + (nint)(offset * sizeof(float));
    }

    /// <summary>Where source, destination and operands begin.</summary>
    [InlineArray(FirstOperand + ElementwiseCall.Slots)]
    private struct Addresses
    {
        private nint _first;
    }

    [InlineArray(ElementwiseCall.Slots)]
    private struct Constants
    {
        private float _first;
    }

    private struct State
    {
        public ChainWork Work;
        public Addresses At;
    }
}
