using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>
/// Generates the batch-reduce GEMM, the one kernel that convolution, matmul and inner product are loops around.
/// <code>
/// for each run, placement, repeat:             // tiles: rows × vectors, all sums in registers
///     sums = bias, or 0                         // or the first products, as the tile before is stored: see OpenedTiles
///     for each segment, for each of its blocks: // a tap of a convolution, say
///         for k: sums[r, v] += A[row r, k] · B[k, v]   for the segment's rows r
///     C[r, v] = activation(alpha·sums + bias + beta·residual)
/// </code>
/// Registers: rows·vectors sums (several sets of them where one could not hide the latency), one vector of B per column, and the rest
/// for broadcasts of A, so that the broadcast for a later row is loaded while this row multiplies. Rename registers make a vector of B free for the next k as soon as its last product is issued.
/// </summary>
internal sealed partial class GemmKernel
{
    private const int CallA = 0;
    internal const int CallB = 8;
    private const int CallC = 16;
    private const int CallResidual = 24;
    internal const int CallBias = 32;
    private const int CallRuns = 40;
    private const int RunBytes = 8;
    private const int PlacementRepeat = 0;
    internal const int PlacementList = 8;
    private const int PlacementA = 16;
    private const int PlacementC = 24;
    internal const int PlacementB = 32;
    private const int PlacementNext = 40;
    private const int PlacementBytes = 48;
    private const int MostBroadcasts = 4;

    private readonly GemmSpec _spec;
    private readonly VectorAssembler _asm;
    private readonly Gpr _call;
    private readonly Gpr _a;
    private readonly Gpr _c;
    private readonly Gpr _repeat;
    private readonly Gpr _placement;
    private Vec[] _sums = [];
    private Vec[] _otherSets = [];
    private Vec[] _b = [];
    private Vec[] _broadcasts = [];
    private Mask _maskB = Mask.All;

    private GemmKernel(GemmSpec spec, VectorAssembler asm)
    {
        _spec = spec;
        _asm = asm;
        _call = asm.Argument(0);
        _a = asm.NewGpr();
        _c = asm.NewGpr();
        _repeat = asm.NewGpr();
        _placement = asm.NewGpr();
    }

    /// <summary>The most rows a tile of this many vectors can have.</summary>
    public static int MostRows(VectorAssembler asm, int vectors, bool maskB)
    {
        int taken = vectors + 1 + (maskB && asm.MasksAreVectors ? 1 : 0);
        return Math.Min(64, (asm.VectorRegisters - taken) / vectors);
    }

    /// <summary>Generates the kernel <c>void f(GemmCall*)</c>.</summary>
    public static void Generate(GemmSpec spec, VectorAssembler asm) => new GemmKernel(spec, asm).Generate();

    private void Generate()
    {
        if (_spec.MaskB && _spec.LastLanes < _asm.Lanes)
        {
            _maskB = _asm.NewMask();
            _asm.SetLanes(_maskB, _spec.LastLanes);
        }

        Unstored? before = null;
        for (int i = 0; i < _spec.Runs.Count; i++)
        {
            var next = i + 1 < _spec.Runs.Count ? _spec.Runs[i + 1].Tile : null;
            before = Run(_spec.Runs[i], i * RunBytes, before, next);
        }

        _asm.Return();
    }

    /// <summary>
    /// Code of a run. The run before may leave its last tile to be stored here (<paramref name="before"/>), as this one leaves its own to
    /// the run of the tile <paramref name="next"/>: then its sums are returned.
    /// </summary>
    private Unstored? Run(GemmRunSpec run, int offset, Unstored? before, GemmTile? next)
    {
        var end = _asm.NewSpot();
        var nextPlacement = _asm.NewSpot();
        _asm.LoadGpr(_placement, _call, CallRuns);
        _asm.LoadGpr(_placement, _placement, offset);
        _asm.JumpIfZero(_placement, end);

        _asm.Bind(nextPlacement);
        _asm.LoadGpr(_repeat, _placement, PlacementRepeat);
        LoadSum(_a, CallA, PlacementA);
        LoadSum(_c, CallC, PlacementC);
        _asm.JumpIfZero(_repeat, end);

        Unstored? left = null;
        var pointers = run.Tile.Segments.Length == 0 ? null : new GemmPointers(_asm, _call, _placement, _a, _spec, run.Tile);
        TakeVectors(run.Tile, pointers is not null);
        if (pointers is not null && Opens(run.Tile))
        {
            left = OpenedTiles(run, pointers, before, next);
        }
        else
        {
            PlainTiles(run, pointers);
        }

        FreeVectors();
        pointers?.Free();
        _asm.AddImmediate(_placement, _placement, PlacementBytes);
        _asm.Jump(nextPlacement);
        _asm.Bind(end);
        return left;
    }

    /// <summary>Tiles whose sums are set before the reduction.</summary>
    private void PlainTiles(GemmRunSpec run, GemmPointers? pointers)
    {
        var nextTile = _asm.NewSpot();
        _asm.Bind(nextTile);
        PrefetchC(run.Tile);
        Lend(pointers, () => InitialiseSums(run.Tile.RowsA.Length));
        if (pointers is not null)
        {
            Reduce(run.Tile, pointers);
        }

        AddSets();
        Lend(pointers, () =>
        {
            MoveOn(run, pointers);
            Finish(run.Tile);
            StoreSums(run.Tile);
        });
        if (run.Repeats)
        {
            _asm.AddImmediate(_c, _c, run.StepC);
            _asm.SubtractAndJumpIfNotZero(_repeat, 1, nextTile);
        }
    }

    /// <summary>The next tile's addresses are made ready where the last products still run and the stores are to come.</summary>
    private void MoveOn(GemmRunSpec run, GemmPointers? pointers)
    {
        if (run.Repeats)
        {
            _asm.AddImmediate(_a, _a, run.StepA);
            pointers?.Restart();
        }
    }

    private void LoadSum(Gpr d, int callOffset, int placementOffset)
    {
        var addend = _asm.NewGpr();
        _asm.LoadGpr(d, _call, callOffset);
        _asm.LoadGpr(addend, _placement, placementOffset);
        _asm.Add(d, addend);
        _asm.Free(addend);
    }

    // ---- sums -------------------------------------------------------------------------------------------------------

    private bool BiasFirst => _spec.Epilogue is { Bias: true, Alpha: 1 };

    private void InitialiseSums(int rows)
    {
        foreach (var sum in _otherSets)
        {
            _asm.Zero(sum);
        }

        if (!BiasFirst)
        {
            foreach (var sum in _sums)
            {
                _asm.Zero(sum);
            }

            return;
        }

        WithBias((bias, v) =>
        {
            for (int r = 0; r < rows; r++)
            {
                _asm.Copy(Sum(r, v), bias);
            }
        });
    }

    /// <summary>Calls <paramref name="use"/> with a register that holds the bias of each vector in turn.</summary>
    private void WithBias(Action<Vec, int> use)
    {
        var pointer = _asm.NewGpr();
        var bias = _asm.NewVec();
        _asm.LoadGpr(pointer, _call, CallBias);
        WithStoreMask(mask =>
        {
            for (int v = 0; v < _spec.Vectors; v++)
            {
                _asm.Load(bias, pointer, v * _asm.VectorBytes, MaskOf(v, mask));
                use(bias, v);
            }
        });
        _asm.Free(bias);
        _asm.Free(pointer);
    }

    /// <summary>Calls <paramref name="use"/> with the mask of the last vector's lanes.</summary>
    private void WithStoreMask(Action<Mask> use)
    {
        if (_spec.LastLanes == _asm.Lanes || !_maskB.IsAll)
        {
            use(_spec.LastLanes == _asm.Lanes ? Mask.All : _maskB);
            return;
        }

        var mask = _asm.NewMask();
        _asm.SetLanes(mask, _spec.LastLanes);
        use(mask);
        _asm.Free(mask);
    }

    private Vec Sum(int row, int vector) => _sums[row * _spec.Vectors + vector];

    private int Sets => 1 + _otherSets.Length / _sums.Length;

    /// <summary>The sum that a step of k adds to.</summary>
    private Vec Sum(int row, int vector, int step)
    {
        int set = step % Sets;
        return set == 0 ? Sum(row, vector) : _otherSets[(set - 1) * _sums.Length + row * _spec.Vectors + vector];
    }

    private void AddSets()
    {
        for (int i = 0; i < _otherSets.Length; i++)
        {
            AddSum(_sums[i % _sums.Length], _otherSets[i]);
        }
    }

    private void AddSum(Vec sum, Vec addend)
    {
        if (_spec.Product == Product.F32)
        {
            _asm.Add(sum, sum, addend);
        }
        else
        {
            _asm.AddInt32(sum, sum, addend);
        }
    }

    // ---- registers --------------------------------------------------------------------------------------------------

    private void TakeVectors(GemmTile tile, bool reduces)
    {
        _sums = NewVecs(tile.RowsA.Length * _spec.Vectors);
        _otherSets = NewVecs(_sums.Length * (tile.Sets - 1));
        _b = NewVecs(reduces ? _spec.Vectors : 0);
        int spare = _asm.VectorRegisters - _sums.Length - _otherSets.Length - _b.Length - (_asm.MasksAreVectors && !_maskB.IsAll ? 1 : 0);
        _broadcasts = NewVecs(reduces ? Math.Clamp(spare, 1, MostBroadcasts) : 0);
    }

    private void FreeVectors()
    {
        FreeAll(_broadcasts);
        FreeAll(_b);
        FreeAll(_otherSets);
        FreeAll(_sums);
    }

    /// <summary>Lets <paramref name="use"/> have the registers that hold nothing between two tiles.</summary>
    private void Lend(GemmPointers? pointers, Action use)
    {
        FreeAll(_broadcasts);
        FreeAll(_b);
        pointers?.Blocks.Free();
        use();
        pointers?.Blocks.Retake();
        Retake(_b);
        Retake(_broadcasts);
    }

    /// <summary>Takes registers back that code before and behind this place knows by number.</summary>
    private void Retake(Vec[] registers)
    {
        if (!NewVecs(registers.Length).AsSpan().SequenceEqual(registers))
        {
            throw new InvalidOperationException("gemm: registers were not given back in order");
        }
    }

    private Vec[] NewVecs(int count) => [.. Enumerable.Range(0, count).Select(_ => _asm.NewVec())];

    private void FreeAll(Vec[] registers)
    {
        foreach (var register in registers.Reverse())
        {
            _asm.Free(register);
        }
    }
}
