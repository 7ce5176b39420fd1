using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>The reduction of a tile: segments, their blocks, and the steps of k.</summary>
internal sealed partial class GemmKernel
{
    /// <summary>Consecutive steps of k, without a branch; <paramref name="FirstRows"/> is the order of the rows in the first of them.</summary>
    private sealed record Stretch(int[] Rows, int[] FirstRows, int Count, MovingSet A, MovingSet B)
    {
        public int Products => Rows.Length * Count;

        public int Row(int i) => i < Rows.Length ? FirstRows[i] : Rows[i % Rows.Length];
    }

    private void Reduce(GemmTile tile, GemmPointers pointers)
    {
        foreach (var segment in tile.Segments)
        {
            Segment(segment, pointers);
        }
    }

    private void Segment(GemmSegment segment, GemmPointers pointers)
    {
        var skip = _asm.NewSpot();
        pointers.Blocks.Begin();
        _asm.JumpIfZero(pointers.Blocks.Count, skip);
        SegmentBlocks(segment, pointers, enter: null, entered: 0);
        _asm.Bind(skip);
    }

    /// <summary>
    /// The blocks of a segment. Code elsewhere may do the first <paramref name="entered"/> steps of the first one and go on at
    /// <paramref name="enter"/>.
    /// </summary>
    private void SegmentBlocks(GemmSegment segment, GemmPointers pointers, Spot? enter, int entered)
    {
        var (a, b, blocks) = (pointers.A, pointers.B, pointers.Blocks);
        var (nextBlock, again, behind) = (_asm.NewSpot(), _asm.NewSpot(), _asm.NewSpot());
        var body = NewStretch(segment, segment.Unroll, pointers);
        _asm.Bind(nextBlock);
        blocks.Next(a, b);
        if (segment.Remainder > 0)
        {
            _asm.JumpIfZero(blocks.Loops, behind);
        }

        _asm.Bind(again);
        LoadFirst(body);
        Steps(body, 0, entered, AddProduct);
        if (enter is { } place)
        {
            _asm.Bind(place);
        }

        Steps(body, entered, body.Count, AddProduct);
        a.EndOfLoop(segment.Unroll);
        b.EndOfLoop(segment.Unroll);
        _asm.SubtractAndJumpIfNotZero(blocks.Loops, 1, again);
        _asm.Bind(behind);
        var rest = NewStretch(segment, segment.Remainder, pointers);
        LoadFirst(rest);
        Steps(rest, 0, rest.Count, AddProduct);
        a.Restore();
        b.Restore();
        _asm.SubtractAndJumpIfNotZero(blocks.Count, 1, nextBlock);
    }

    private static Stretch NewStretch(GemmSegment segment, int count, GemmPointers pointers)
    {
        int[] rows = [.. Enumerable.Range(0, 64).Where(r => (segment.Rows >> r & 1) != 0)];
        return new Stretch(rows, rows, count, pointers.A, pointers.B);
    }

    /// <summary>What a stretch loads before its first product: broadcasts run ahead by as many as there are registers for them.</summary>
    private void LoadFirst(Stretch stretch)
    {
        for (int v = 0; v < (stretch.Count == 0 ? 0 : _spec.Vectors); v++)
        {
            LoadB(v, stretch.B, 0);
        }

        for (int i = 0; i < Math.Min(_broadcasts.Length - 1, stretch.Products); i++)
        {
            LoadA(i, stretch);
        }
    }

    /// <summary>
    /// Steps of a stretch. The vectors of B for the next step are loaded behind their last use in this one.
    /// <paramref name="product"/> is given the stretch, the number of a row's product in it, and the vector.
    /// </summary>
    private void Steps(Stretch stretch, int from, int to, Action<Stretch, int, int> product)
    {
        int rows = stretch.Rows.Length;
        int ahead = _broadcasts.Length - 1;
        for (int i = from * rows; i < to * rows; i++)
        {
            if (i + ahead < stretch.Products)
            {
                LoadA(i + ahead, stretch);
            }

            int next = i / rows + 1;
            for (int v = 0; v < _spec.Vectors; v++)
            {
                product(stretch, i, v);
                if (i == next * rows - 1 && next < stretch.Count)
                {
                    LoadB(v, stretch.B, next);
                }
            }
        }
    }

    private void AddProduct(Stretch stretch, int i, int vector) =>
        _asm.MulAdd(Sum(stretch.Row(i), vector, i / stretch.Rows.Length), Broadcast(i), _b[vector], _spec.Product);

    private Vec Broadcast(int i) => _broadcasts[i % _broadcasts.Length];

    private void LoadA(int i, Stretch stretch) =>
        _asm.LoadBroadcast(Broadcast(i), stretch.A.Set, stretch.Row(i), stretch.A.At(i / stretch.Rows.Length));

    private void LoadB(int v, MovingSet b, int k) => _asm.Load(_b[v], b.Set, v, b.At(k), MaskOf(v, _maskB));
}
