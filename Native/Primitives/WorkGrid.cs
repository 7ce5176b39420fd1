using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives;

/// <summary>
/// Cuts rows × columns of equal work among threads, by shape and thread count only. Pieces are numbered so that those of one range of rows
/// follow each other.
/// </summary>
internal readonly record struct WorkGrid(long Rows, long Columns, int RowParts, int ColumnParts)
{
    /// <summary>Parts, at most one a thread.</summary>
    public int Pieces => RowParts * ColumnParts;

    /// <summary>The cut whose largest part is smallest; among equals the one with most parts along rows, which share B.</summary>
    public static WorkGrid Cut(long rows, long columns, int threads)
    {
        var best = new WorkGrid(rows, columns, 1, 1);
        for (int columnParts = 1; columnParts <= Math.Min(threads, columns); columnParts++)
        {
            var grid = new WorkGrid(rows, columns, (int)Math.Min(rows, threads / columnParts), columnParts);
            best = grid.Largest < best.Largest ? grid : best;
        }

        return best;
    }

    /// <summary>The half-open ranges of a piece.</summary>
    public (long FirstRow, long EndRow, long FirstColumn, long EndColumn) At(int piece)
    {
        (int row, int column) = Math.DivRem(piece, ColumnParts);
        return (Rows * row / RowParts, Rows * (row + 1) / RowParts, Columns * column / ColumnParts, Columns * (column + 1) / ColumnParts);
    }

    private long Largest => Shapes.CeilDivide(Rows, RowParts) * Shapes.CeilDivide(Columns, ColumnParts);
}
