using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Matmul;

/// <summary>Some rows × some columns of one of the products.</summary>
internal readonly record struct MatmulPiece(long Matrix, long FirstRow, int Rows, long FirstColumn, int Columns);

/// <summary>How a batched matrix product is cut into pieces. Pieces that share columns of B follow each other.</summary>
internal readonly struct MatmulCut
{
    public readonly int Pieces, Threads;
    private readonly long _m, _n, _rowPieces, _columnPieces;
    private readonly int _rowsPerPiece, _columnsPerPiece;

    public MatmulCut(in MatmulDesc desc, int threads, int columnsPerPiece)
    {
        (_m, _n, Threads, _columnsPerPiece) = (desc.M, desc.N, threads, columnsPerPiece);
        _columnPieces = Shapes.CeilDivide(_n, columnsPerPiece);
        long others = Math.Max(1, (long)Int128.Min((Int128)desc.Batch * _columnPieces, int.MaxValue));
        long wanted = Shapes.CeilDivide((long)threads * PortableBlocks.PiecesPerThread, others);
        _rowsPerPiece = (int)Math.Clamp(Shapes.RoundUp(Shapes.CeilDivide(_m, wanted), 4), 4, PortableBlocks.Rows);
        _rowPieces = Shapes.CeilDivide(_m, _rowsPerPiece);
        Int128 pieces = (Int128)_rowPieces * _columnPieces * desc.Batch;
        Pieces = pieces <= int.MaxValue ? (int)pieces
            : throw new FdnnException(Status.Unsupported, $"matmul: {pieces} pieces of work are too many for the portable implementation");
    }

    public MatmulPiece Piece(int piece)
    {
        (long rest, long rows) = Math.DivRem(piece, _rowPieces);
        (long matrix, long columns) = Math.DivRem(rest, _columnPieces);
        (rows, columns) = (rows * _rowsPerPiece, columns * _columnsPerPiece);
        return new MatmulPiece(
            matrix, rows, (int)Math.Min(_rowsPerPiece, _m - rows), columns, (int)Math.Min(_columnsPerPiece, _n - columns));
    }
}
