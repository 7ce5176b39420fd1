using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>
/// What the current block needs. Where registers allow, a block's moves are loaded while the block before it runs: its first loads then
/// wait for an addition only.
/// </summary>
internal sealed class GemmBlockRegisters
{
    private readonly VectorAssembler _asm;
    private readonly Gpr _list;
    private readonly Gpr _moveA;
    private readonly Gpr _moveB;
    private readonly bool _early;

    public GemmBlockRegisters(VectorAssembler asm, Gpr list)
    {
        (_asm, _list) = (asm, list);
        Count = asm.NewGpr();
        Loops = asm.NewGpr();
        _early = asm.FreeGprs >= 2;
        _moveA = _early ? asm.NewGpr() : Loops;
        _moveB = _early ? asm.NewGpr() : Loops;
    }

    /// <summary>Blocks of the segment that are not done.</summary>
    public Gpr Count { get; }

    /// <summary>Passes of the loop that are not done.</summary>
    public Gpr Loops { get; }

    /// <summary>Starts a segment.</summary>
    public void Begin()
    {
        _asm.LoadGpr(Count, _list, 0);
        _asm.AddImmediate(_list, _list, 8);
        LoadMoves();
    }

    /// <summary>Starts the first block of a tile, where the pointers are already.</summary>
    public void First()
    {
        _asm.LoadGpr(Count, _list, 0);
        _asm.LoadGpr(Loops, _list, 24);
        _asm.AddImmediate(_list, _list, 32);
        LoadMoves();
    }

    /// <summary>Goes to the block at the list's place, and the list to the next.</summary>
    public void Next(MovingSet a, MovingSet b)
    {
        if (_early)
        {
            a.Move(_moveA);
            b.Move(_moveB);
        }
        else
        {
            _asm.LoadGpr(Loops, _list, 0);
            a.Move(Loops);
            _asm.LoadGpr(Loops, _list, 8);
            b.Move(Loops);
        }

        _asm.LoadGpr(Loops, _list, 16);
        _asm.AddImmediate(_list, _list, 24);
        LoadMoves();
    }

    /// <summary>Gives the registers back, for a while or for good.</summary>
    public void Free()
    {
        if (_early)
        {
            _asm.Free(_moveB);
            _asm.Free(_moveA);
        }

        _asm.Free(Loops);
        _asm.Free(Count);
    }

    /// <summary>Takes the same registers again.</summary>
    public void Retake()
    {
        bool same = _asm.NewGpr() == Count && _asm.NewGpr() == Loops && (!_early || (_asm.NewGpr() == _moveA && _asm.NewGpr() == _moveB));
        if (!same)
        {
            throw new InvalidOperationException("gemm: registers were not given back in order");
        }
    }

    private void LoadMoves()
    {
        if (_early)
        {
            _asm.LoadGpr(_moveA, _list, 0);
            _asm.LoadGpr(_moveB, _list, 8);
        }
    }
}

/// <summary>Where a tile reads: rows of A, vectors of B, and its list of blocks.</summary>
internal sealed class GemmPointers
{
    private readonly VectorAssembler _asm;
    private readonly Gpr _call;
    private readonly Gpr _placement;
    private readonly Gpr _a;

    public GemmPointers(VectorAssembler asm, Gpr call, Gpr placement, Gpr a, GemmSpec spec, GemmTile tile)
    {
        (_asm, _call, _placement, _a) = (asm, call, placement, a);
        int unroll = tile.Segments.Max(segment => Math.Max(segment.Unroll, segment.Remainder));
        long[] vectors = [.. Enumerable.Range(0, spec.Vectors).Select(v => v * spec.StepVectorB)];
        List = asm.NewGpr();
        var origin = asm.NewGpr();
        LoadOrigin(origin);
        A = new MovingSet(asm, a, tile.RowsA, Access.Broadcast, spec.StepKA, unroll);
        B = new MovingSet(asm, origin, vectors, Access.Vector, spec.StepKB, unroll);
        asm.LoadGpr(List, placement, GemmKernel.PlacementList);
        asm.Free(origin);
        Blocks = new GemmBlockRegisters(asm, List);
    }

    public MovingSet A { get; }

    public MovingSet B { get; }

    public Gpr List { get; }

    public GemmBlockRegisters Blocks { get; }

    /// <summary>Back to the first block, at the present place in A.</summary>
    public void Restart()
    {
        var origin = _asm.NewGpr();
        LoadOrigin(origin);
        B.Point(origin);
        A.Point(_a);
        _asm.LoadGpr(List, _placement, GemmKernel.PlacementList);
        _asm.Free(origin);
    }

    public void Free()
    {
        Blocks.Free();
        A.Free();
        B.Free();
        _asm.Free(List);
    }

    private void LoadOrigin(Gpr origin)
    {
        // The list is not needed before the first loads are on their way.
        _asm.LoadGpr(origin, _call, GemmKernel.CallB);
        _asm.LoadGpr(List, _placement, GemmKernel.PlacementB);
        _asm.Add(origin, List);
    }
}
