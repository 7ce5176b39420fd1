using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Portable;

/// <summary>A range cut into equal pieces, the last one shorter; by its length alone, so that results do not depend on the threads.</summary>
internal readonly struct Pieces
{
    private readonly long _total, _size;

    /// <summary>Cuts <paramref name="total"/> units of <paramref name="weight"/> elements into pieces of about <paramref name="elements"/>.</summary>
    public Pieces(long total, long weight, long elements)
    {
        _total = total;
        _size = Math.Max(Math.Max(1, elements / Math.Max(weight, 1)), total / (1 << 30) + 1);
        Count = (int)Shapes.CeilDivide(total, _size);
    }

    /// <summary>Number of pieces; 0 for an empty range.</summary>
    public int Count { get; }

    /// <summary>First unit of a piece, and the one behind its last.</summary>
    public (long Begin, long End) this[int piece] => (piece * _size, Math.Min(_total, (piece + 1) * _size));
}
