using System.Numerics;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>
/// Tiles whose sums begin with their first products, so that nothing has to be cleared or copied:
/// <code>
/// sums = bias + A[·, 0] · B[0, ·]               // the opening: the first step (a step for each set), then into the loop's middle
/// </code>
/// The opening of the next tile, of this run or the next, stores this one's sums on the way: each sum goes to memory just before its
/// register is set. A core that stores one vector a cycle would otherwise do nothing else while a tile is stored, and wait for the
/// first loads behind that.
/// </summary>
internal sealed partial class GemmKernel
{
    /// <summary>True where the first products reach every sum, and the first loop is passed at least once.</summary>
    private bool Opens(GemmTile tile) =>
        _spec.Product == Product.F32 && tile.Segments.Length > 0 && tile.Segments[0] is { Remainder: 0 } first
        && BitOperations.PopCount(first.Rows) == tile.RowsA.Length && first.Unroll >= tile.Sets;

    /// <summary>True where the stores' mask needs none of the registers that the first loads go to.</summary>
    private bool CanStoreWhileOpening => _spec.LastLanes == _asm.Lanes || !_maskB.IsAll || !_asm.MasksAreVectors;

    /// <summary>A finished tile that is not in memory yet; <paramref name="Spot"/> is where the code goes on with it.</summary>
    private sealed record Unstored(GemmTile Tile, Vec[] Sums, Spot Spot);

    private Unstored? OpenedTiles(GemmRunSpec run, GemmPointers pointers, Unstored? before, GemmTile? next)
    {
        var (nextTile, enter, last) = (_asm.NewSpot(), _asm.NewSpot(), _asm.NewSpot());
        var tile = run.Tile;
        _asm.Bind(nextTile);
        Open(tile, pointers);
        Enter(tile, pointers, enter);
        if (before is not null)
        {
            TakeOver(before, tile, pointers, enter);
        }

        ReduceOpened(tile, pointers, enter);
        Lend(pointers, () =>
        {
            MoveOn(run, pointers);
            Finish(tile);
        });
        bool repeatsOpen = run.Repeats && CanStoreWhileOpening;
        if (repeatsOpen)
        {
            _asm.AddImmediate(_repeat, _repeat, -1);
            _asm.JumpIfZero(_repeat, last);
            OpenStoring(tile, pointers, new Unstored(tile, _sums, last));
            _asm.AddImmediate(_c, _c, run.StepC);
            Enter(tile, pointers, enter);
        }

        _asm.Bind(last);
        var left = next is null ? null : Leave(tile, next);
        Lend(pointers, () => StoreSums(tile));
        if (run.Repeats && !repeatsOpen)
        {
            _asm.AddImmediate(_c, _c, run.StepC);
            _asm.SubtractAndJumpIfNotZero(_repeat, 1, nextTile);
        }

        return left;
    }

    private void ReduceOpened(GemmTile tile, GemmPointers pointers, Spot enter)
    {
        SegmentBlocks(tile.Segments[0], pointers, enter, tile.Sets);
        foreach (var segment in tile.Segments.Skip(1))
        {
            Segment(segment, pointers);
        }

        AddSets();
    }

    /// <summary>Leaves a run's last tile to the next run, where that is possible and the next run has a placement.</summary>
    private Unstored? Leave(GemmTile tile, GemmTile next)
    {
        if (!CanStoreWhileOpening || !Opens(next))
        {
            return null;
        }

        var left = new Unstored(tile, _sums, _asm.NewSpot());
        _asm.LoadGpr(_repeat, _placement, PlacementNext);
        _asm.SubtractAndJumpIfNotZero(_repeat, 0, left.Spot);
        return left;
    }

    /// <summary>The first tile of a run, and the stores of the last one of the run before: the counter holds the way to its placement.</summary>
    private void TakeOver(Unstored before, GemmTile tile, GemmPointers pointers, Spot enter)
    {
        _asm.Bind(before.Spot);
        Lend(pointers, () =>
        {
            _asm.Add(_placement, _repeat);
            LoadSum(_a, CallA, PlacementA);
            pointers.Restart();
        });
        OpenStoring(tile, pointers, before);
        Lend(pointers, () => LoadSum(_c, CallC, PlacementC));
        _asm.LoadGpr(_repeat, _placement, PlacementRepeat);
        Enter(tile, pointers, enter);
    }

    /// <summary>Goes on behind the first steps of a tile.</summary>
    private void Enter(GemmTile tile, GemmPointers pointers, Spot enter)
    {
        PrefetchC(tile);
        pointers.Blocks.First();
        _asm.Jump(enter);
    }

    /// <summary>The first steps of a tile.</summary>
    private void Open(GemmTile tile, GemmPointers pointers)
    {
        if (BiasFirst)
        {
            Lend(pointers: null, () => WithStoreMask(mask => LoadBiasRow(pointers, mask)));
        }

        var stretch = OpeningOf(tile, pointers);
        LoadFirst(stretch);
        Steps(stretch, 0, tile.Sets, SetProduct);
        pointers.A.Rewind();
        pointers.B.Rewind();
    }

    /// <summary>The first steps of a tile. Each sum of the tile before is stored just before its register is set.</summary>
    private void OpenStoring(GemmTile tile, GemmPointers pointers, Unstored before) => WithStoreMask(mask =>
    {
        // What lies in registers that are no sums now goes first.
        int shared = Math.Min(_sums.Length, before.Sums.Length);
        if (!_sums.AsSpan(0, shared).SequenceEqual(before.Sums.AsSpan(0, shared)))
        {
            throw new InvalidOperationException("gemm: the sums of two tiles lie in different registers");
        }

        for (int i = shared; i < before.Sums.Length; i++)
        {
            StoreSum(before, i, mask);
        }

        var stretch = OpeningOf(tile, pointers);
        LoadFirst(stretch);
        int stored = BiasFirst ? _spec.Vectors : 0;
        for (int i = 0; i < stored; i++)
        {
            StoreSum(before, i, mask);
        }

        if (BiasFirst)
        {
            LoadBiasRow(pointers, mask);
        }

        Steps(stretch, 0, tile.Sets, (_, i, v) =>
        {
            int sum = stretch.Row(i) * _spec.Vectors + v;
            if (i < stretch.Rows.Length && sum >= stored && sum < shared)
            {
                StoreSum(before, sum, mask);
            }

            SetProduct(stretch, i, v);
        });
        pointers.A.Rewind();
        pointers.B.Rewind();
    });

    private void StoreSum(Unstored tile, int sum, Mask mask)
    {
        var (row, vector) = Math.DivRem(sum, _spec.Vectors);
        Store(tile.Sums[sum], tile.Tile, row, vector, mask);
    }

    /// <summary>With a bias, row 0 holds it for the others and comes last.</summary>
    private Stretch OpeningOf(GemmTile tile, GemmPointers pointers)
    {
        int[] rows = [.. Enumerable.Range(0, tile.RowsA.Length)];
        return new Stretch(rows, BiasFirst ? [.. rows.Skip(1), 0] : rows, tile.Segments[0].Unroll, pointers.A, pointers.B);
    }

    private void SetProduct(Stretch stretch, int i, int vector)
    {
        int row = stretch.Row(i);
        int step = i / stretch.Rows.Length;
        var sum = Sum(row, vector, step);
        if (step > 0 || !BiasFirst)
        {
            _asm.Multiply(sum, Broadcast(i), _b[vector]);
        }
        else if (row == 0)
        {
            _asm.MulAdd(sum, Broadcast(i), _b[vector]);
        }
        else
        {
            _asm.MulAddTo(sum, Sum(0, vector), Broadcast(i), _b[vector]);
        }
    }

    /// <summary>Row 0 = bias. The counter of loops, which holds nothing between two tiles, has the address.</summary>
    private void LoadBiasRow(GemmPointers pointers, Mask mask)
    {
        var pointer = pointers.Blocks.Loops;
        _asm.LoadGpr(pointer, _call, CallBias);
        for (int v = 0; v < _spec.Vectors; v++)
        {
            _asm.Load(Sum(0, v), pointer, v * _asm.VectorBytes, MaskOf(v, mask));
        }
    }
}
