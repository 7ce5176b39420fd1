using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>
/// Generates the batch-reduce GEMM, the one kernel that convolution, matmul and inner product are loops around.
/// <code>
/// for each run, placement, repeat:             // tiles: rows × vectors, all sums in registers
///     sums = bias, or 0
///     for each segment, for each of its blocks: // a tap of a convolution, say
///         for k: sums[r, v] += A[row r, k] · B[k, v]   for the segment's rows r
///     C[r, v] = activation(alpha·sums + bias + beta·residual)
/// </code>
/// Registers: rows·vectors sums (several sets of them where one could not hide the latency), one vector of B per column, and the rest for broadcasts of A, so that the broadcast for a later row is
/// loaded while this row multiplies. Rename registers make a vector of B free for the next k as soon as its last product is issued.
/// </summary>
internal sealed class GemmKernel
{
    private const int CallA = 0;
    private const int CallB = 8;
    private const int CallC = 16;
    private const int CallResidual = 24;
    private const int CallBias = 32;
    private const int CallRuns = 40;
    private const int RunBytes = 8;
    private const int PlacementRepeat = 0;
    private const int PlacementList = 8;
    private const int PlacementA = 16;
    private const int PlacementC = 24;
    private const int PlacementBytes = 32;
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

        for (int i = 0; i < _spec.Runs.Count; i++)
        {
            Run(_spec.Runs[i], i * RunBytes);
        }

        _asm.Return();
    }

    private void Run(GemmRunSpec run, int offset)
    {
        var end = _asm.NewSpot();
        var nextPlacement = _asm.NewSpot();
        var nextTile = _asm.NewSpot();
        _asm.LoadGpr(_placement, _call, CallRuns);
        _asm.LoadGpr(_placement, _placement, offset);
        _asm.JumpIfZero(_placement, end);

        _asm.Bind(nextPlacement);
        _asm.LoadGpr(_repeat, _placement, PlacementRepeat);
        _asm.JumpIfZero(_repeat, end);
        LoadSum(_a, CallA, PlacementA);
        LoadSum(_c, CallC, PlacementC);

        var pointers = run.Tile.Segments.Length == 0 ? null : new Pointers(_asm, _call, _placement, _a, _spec, run.Tile);
        _asm.Bind(nextTile);
        Sums(run.Tile, pointers);

        // The next tile's addresses are made ready here, where the last products still run and the stores are to come.
        _asm.AddImmediate(_a, _a, run.StepA);
        pointers?.Restart();
        Epilogue(run.Tile);
        FreeAll(_sums);
        _asm.AddImmediate(_c, _c, run.StepC);
        _asm.SubtractAndJumpIfNotZero(_repeat, 1, nextTile);
        _asm.AddImmediate(_placement, _placement, PlacementBytes);
        _asm.Jump(nextPlacement);
        _asm.Bind(end);
        pointers?.Free();
    }

    private void LoadSum(Gpr d, int callOffset, int placementOffset)
    {
        var addend = _asm.NewGpr();
        _asm.LoadGpr(d, _call, callOffset);
        _asm.LoadGpr(addend, _placement, placementOffset);
        _asm.Add(d, addend);
        _asm.Free(addend);
    }

    private void Sums(GemmTile tile, Pointers? pointers)
    {
        int sums = tile.RowsA.Length * _spec.Vectors;
        _sums = NewVecs(sums);
        _otherSets = NewVecs(sums * (tile.Sets - 1));
        InitialiseSums(tile.RowsA.Length);
        if (pointers is not null)
        {
            Reduce(tile, pointers);
        }

        AddSets();
        FreeAll(_otherSets);
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
                _asm.Load(bias, pointer, v * _asm.VectorBytes, v == _spec.Vectors - 1 ? mask : Mask.All);
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

    /// <summary>The sum that a step of k adds to.</summary>
    private Vec Sum(int row, int vector, int step)
    {
        int set = step % (1 + _otherSets.Length / _sums.Length);
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

    // ---- reduction --------------------------------------------------------------------------------------------------

    private void Reduce(GemmTile tile, Pointers pointers)
    {
        _b = NewVecs(_spec.Vectors);
        int spare = _asm.VectorRegisters - _sums.Length - _otherSets.Length - _b.Length - (_asm.MasksAreVectors && !_maskB.IsAll ? 1 : 0);
        _broadcasts = NewVecs(Math.Clamp(spare, 1, MostBroadcasts));
        foreach (var segment in tile.Segments)
        {
            Segment(segment, pointers.A, pointers.B, pointers.List);
        }

        FreeAll(_broadcasts);
        FreeAll(_b);
    }

    private void Segment(GemmSegment segment, MovingSet a, MovingSet b, Gpr list)
    {
        var skip = _asm.NewSpot();
        var nextBlock = _asm.NewSpot();
        var blocks = _asm.NewGpr();
        var loops = _asm.NewGpr();
        _asm.LoadGpr(blocks, list, 0);
        _asm.AddImmediate(list, list, 8);
        _asm.JumpIfZero(blocks, skip);

        // Where registers allow, a block's moves are loaded while the block before it runs: its first loads then wait for an addition only.
        bool early = _asm.FreeGprs >= 2;
        var moveA = early ? _asm.NewGpr() : loops;
        var moveB = early ? _asm.NewGpr() : loops;
        if (early)
        {
            LoadMoves(moveA, moveB, list);
        }

        _asm.Bind(nextBlock);
        if (!early)
        {
            _asm.LoadGpr(moveA, list, 0);
        }

        a.Move(moveA);
        if (!early)
        {
            _asm.LoadGpr(moveB, list, 8);
        }

        b.Move(moveB);
        _asm.LoadGpr(loops, list, 16);
        _asm.AddImmediate(list, list, 24);
        if (early)
        {
            LoadMoves(moveA, moveB, list);
        }

        int[] rows = [.. Enumerable.Range(0, 64).Where(r => (segment.Rows >> r & 1) != 0)];
        var behind = _asm.NewSpot();
        if (segment.Remainder > 0)
        {
            _asm.JumpIfZero(loops, behind);
        }

        var again = _asm.NewSpot();
        _asm.Bind(again);
        Steps(rows, segment.Unroll, a, b);
        a.EndOfLoop(segment.Unroll);
        b.EndOfLoop(segment.Unroll);
        _asm.SubtractAndJumpIfNotZero(loops, 1, again);
        _asm.Bind(behind);
        Steps(rows, segment.Remainder, a, b);
        a.Restore();
        b.Restore();

        _asm.SubtractAndJumpIfNotZero(blocks, 1, nextBlock);
        _asm.Bind(skip);
        if (early)
        {
            _asm.Free(moveB);
            _asm.Free(moveA);
        }

        _asm.Free(loops);
        _asm.Free(blocks);
    }

    private void LoadMoves(Gpr moveA, Gpr moveB, Gpr list)
    {
        _asm.LoadGpr(moveA, list, 0);
        _asm.LoadGpr(moveB, list, 8);
    }

    /// <summary>
    /// Consecutive steps of k, without a branch. Broadcasts run ahead of the products by as many as there are registers for
    /// them; the vectors of B for the next step are loaded behind their last use in this one.
    /// </summary>
    private void Steps(int[] rows, int count, MovingSet a, MovingSet b)
    {
        if (count == 0)
        {
            return;
        }

        int total = rows.Length * count;
        int ahead = _broadcasts.Length - 1;
        for (int v = 0; v < _spec.Vectors; v++)
        {
            LoadB(v, b, 0);
        }

        for (int i = 0; i < Math.Min(ahead, total); i++)
        {
            LoadA(i, rows, a);
        }

        for (int i = 0; i < total; i++)
        {
            if (i + ahead < total)
            {
                LoadA(i + ahead, rows, a);
            }

            bool lastRow = i % rows.Length == rows.Length - 1;
            int k = i / rows.Length;
            for (int v = 0; v < _spec.Vectors; v++)
            {
                _asm.MulAdd(Sum(rows[i % rows.Length], v, k), Broadcast(i), _b[v], _spec.Product);
                if (lastRow && k + 1 < count)
                {
                    LoadB(v, b, k + 1);
                }
            }
        }
    }

    private Vec Broadcast(int i) => _broadcasts[i % _broadcasts.Length];

    private void LoadA(int i, int[] rows, MovingSet a) =>
        _asm.LoadBroadcast(Broadcast(i), a.Set, rows[i % rows.Length], a.At(i / rows.Length));

    private void LoadB(int v, MovingSet b, int k) =>
        _asm.Load(_b[v], b.Set, v, b.At(k), v == _spec.Vectors - 1 ? _maskB : Mask.All);

    // ---- epilogue ---------------------------------------------------------------------------------------------------

    private void Epilogue(GemmTile tile)
    {
        var end = _spec.Epilogue;
        if (end.Alpha != 1)
        {
            WithConstant(end.Alpha, alpha => ForSums(sum => _asm.Multiply(sum, sum, alpha)));
        }

        if (end.Bias && !BiasFirst)
        {
            WithBias((bias, v) =>
            {
                for (int r = 0; r < tile.RowsC.Length; r++)
                {
                    _asm.Add(Sum(r, v), Sum(r, v), bias);
                }
            });
        }

        WithStoreMask(mask =>
        {
            if (end.Residual)
            {
                AddResidual(tile, mask);
            }

            Activate();
            for (int r = 0; r < tile.RowsC.Length; r++)
            {
                for (int v = 0; v < _spec.Vectors; v++)
                {
                    _asm.Store(
                        Sum(r, v), _c, tile.RowsC[r] + v * _asm.VectorBytes, v == _spec.Vectors - 1 ? mask : Mask.All);
                }
            }
        });
    }

    private void AddResidual(GemmTile tile, Mask mask)
    {
        // The residual lies as C does: its tile is at residual + (c - origin of C).
        var residual = _asm.NewGpr();
        var other = _asm.NewGpr();
        _asm.LoadGpr(residual, _call, CallResidual);
        _asm.LoadGpr(other, _call, CallC);
        _asm.Subtract(residual, other);
        _asm.Add(residual, _c);
        _asm.Free(other);
        var loaded = _asm.NewVec();
        float beta = _spec.Epilogue.Beta;
        var factor = beta == 1 ? default : _asm.NewVec();
        if (beta != 1)
        {
            _asm.Broadcast(factor, beta);
        }

        for (int r = 0; r < tile.RowsC.Length; r++)
        {
            for (int v = 0; v < _spec.Vectors; v++)
            {
                _asm.Load(
                    loaded, residual, tile.RowsC[r] + v * _asm.VectorBytes, v == _spec.Vectors - 1 ? mask : Mask.All);
                if (beta == 1)
                {
                    _asm.Add(Sum(r, v), Sum(r, v), loaded);
                }
                else
                {
                    _asm.MulAdd(Sum(r, v), loaded, factor);
                }
            }
        }

        if (beta != 1)
        {
            _asm.Free(factor);
        }

        _asm.Free(loaded);
        _asm.Free(residual);
    }

    private void Activate()
    {
        var end = _spec.Epilogue;
        switch (end.Activation)
        {
            case GemmActivation.Relu:
                WithConstant(0, zero => ForSums(sum => _asm.MaxBound(sum, sum, zero)));
                break;
            case GemmActivation.Clip:
                WithConstant(end.ActivationAlpha, low => ForSums(sum => _asm.MaxBound(sum, sum, low)));
                WithConstant(end.ActivationBeta, high => ForSums(sum => _asm.MinBound(sum, sum, high)));
                break;
            case GemmActivation.Linear:
                WithConstant(end.ActivationAlpha, factor => ForSums(sum => _asm.Multiply(sum, sum, factor)));
                WithConstant(end.ActivationBeta, addend => ForSums(sum => _asm.Add(sum, sum, addend)));
                break;
            case GemmActivation.LeakyRelu:
                WithConstant(0, zero => WithConstant(end.ActivationAlpha, slope => LeakyRelu(zero, slope)));
                break;
        }
    }

    /// <summary>max(x, 0) + slope·min(x, 0): one of the two is zero (or both NaN), so the sum is exact.</summary>
    private void LeakyRelu(Vec zero, Vec slope)
    {
        var negative = _asm.NewVec();
        ForSums(sum =>
        {
            _asm.MinBound(negative, sum, zero);
            _asm.MaxBound(sum, sum, zero);
            _asm.MulAdd(sum, negative, slope);
        });
        _asm.Free(negative);
    }

    private void WithConstant(float value, Action<Vec> use)
    {
        var constant = _asm.NewVec();
        _asm.Broadcast(constant, value);
        use(constant);
        _asm.Free(constant);
    }

    private void ForSums(Action<Vec> use)
    {
        foreach (var sum in _sums)
        {
            use(sum);
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

    /// <summary>Where a tile reads: rows of A, vectors of B, and its list of blocks.</summary>
    private sealed class Pointers
    {
        private readonly VectorAssembler _asm;
        private readonly Gpr _call;
        private readonly Gpr _placement;
        private readonly Gpr _a;

        public Pointers(VectorAssembler asm, Gpr call, Gpr placement, Gpr a, GemmSpec spec, GemmTile tile)
        {
            (_asm, _call, _placement, _a) = (asm, call, placement, a);
            int unroll = tile.Segments.Max(segment => Math.Max(segment.Unroll, segment.Remainder));
            long[] vectors = [.. Enumerable.Range(0, spec.Vectors).Select(v => v * spec.StepVectorB)];
            List = asm.NewGpr();
            var origin = asm.NewGpr();
            asm.LoadGpr(List, placement, PlacementList);
            asm.LoadGpr(origin, call, CallB);
            A = new MovingSet(asm, a, tile.RowsA, Access.Broadcast, spec.StepKA, unroll);
            B = new MovingSet(asm, origin, vectors, Access.Vector, spec.StepKB, unroll);
            asm.Free(origin);
        }

        public MovingSet A { get; }

        public MovingSet B { get; }

        public Gpr List { get; }

        /// <summary>Back to the list's start and B's, at the present place in A.</summary>
        public void Restart()
        {
            var origin = _asm.NewGpr();
            _asm.LoadGpr(List, _placement, PlacementList);
            _asm.LoadGpr(origin, _call, CallB);
            A.Point(_a);
            B.Point(origin);
            _asm.Free(origin);
        }

        public void Free()
        {
            A.Free();
            B.Free();
            _asm.Free(List);
        }
    }
}
