using System.Numerics;
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

        var pointers = run.Tile.Segments.Length == 0 ? null : new GemmPointers(_asm, _call, _placement, _a, _spec, run.Tile);
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

    private void Sums(GemmTile tile, GemmPointers? pointers)
    {
        int sums = tile.RowsA.Length * _spec.Vectors;
        _sums = NewVecs(sums);
        _otherSets = NewVecs(sums * (tile.Sets - 1));
        bool fresh = StartsFresh(tile);
        if (!fresh)
        {
            InitialiseSums(tile.RowsA.Length);
        }

        if (pointers is not null)
        {
            Reduce(tile, pointers, fresh);
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

    // ---- reduction --------------------------------------------------------------------------------------------------

    /// <summary>True where the first products can be the first sums: nothing is there before them, and they reach every sum.</summary>
    private bool StartsFresh(GemmTile tile) =>
        !BiasFirst && _spec.Product == Product.F32 && tile.Segments.Length > 0
        && tile.Segments[0] is { Remainder: 0 } first
        && BitOperations.PopCount(first.Rows) == tile.RowsA.Length && first.Unroll >= tile.Sets;

    private void Reduce(GemmTile tile, GemmPointers pointers, bool fresh)
    {
        _b = NewVecs(_spec.Vectors);
        int spare = _asm.VectorRegisters - _sums.Length - _otherSets.Length - _b.Length - (_asm.MasksAreVectors && !_maskB.IsAll ? 1 : 0);
        _broadcasts = NewVecs(Math.Clamp(spare, 1, MostBroadcasts));
        for (int i = 0; i < tile.Segments.Length; i++)
        {
            Segment(tile.Segments[i], pointers, opens: fresh && i == 0);
        }

        FreeAll(_broadcasts);
        FreeAll(_b);
    }

    private void Segment(GemmSegment segment, GemmPointers pointers, bool opens)
    {
        var (a, b, list) = (pointers.A, pointers.B, pointers.List);
        var (skip, nextBlock, again, behind) = (_asm.NewSpot(), _asm.NewSpot(), _asm.NewSpot(), _asm.NewSpot());
        var blocks = _asm.NewGpr();
        _asm.LoadGpr(blocks, list, 0);
        _asm.AddImmediate(list, list, 8);
        if (!opens)
        {
            _asm.JumpIfZero(blocks, skip);
        }

        int[] rows = [.. Enumerable.Range(0, 64).Where(r => (segment.Rows >> r & 1) != 0)];
        var block = new GemmBlockRegisters(_asm, list);
        if (opens)
        {
            block.Open(a, b);
            Steps(rows, segment.Unroll, a, b, fresh: true);
            EndOfLoop(segment, a, b);
            _asm.AddImmediate(block.Loops, block.Loops, -1);
            _asm.JumpIfZero(block.Loops, behind);
            _asm.Jump(again);
        }

        _asm.Bind(nextBlock);
        block.Open(a, b);
        if (segment.Remainder > 0)
        {
            _asm.JumpIfZero(block.Loops, behind);
        }

        _asm.Bind(again);
        Steps(rows, segment.Unroll, a, b);
        EndOfLoop(segment, a, b);
        _asm.SubtractAndJumpIfNotZero(block.Loops, 1, again);
        _asm.Bind(behind);
        Steps(rows, segment.Remainder, a, b);
        a.Restore();
        b.Restore();

        _asm.SubtractAndJumpIfNotZero(blocks, 1, nextBlock);
        _asm.Bind(skip);
        block.Free();
        _asm.Free(blocks);
    }

    private static void EndOfLoop(GemmSegment segment, MovingSet a, MovingSet b)
    {
        a.EndOfLoop(segment.Unroll);
        b.EndOfLoop(segment.Unroll);
    }

    /// <summary>
    /// Consecutive steps of k, without a branch. Broadcasts run ahead of the products by as many as there are registers for
    /// them; the vectors of B for the next step are loaded behind their last use in this one. Fresh sums are not added to, but set.
    /// </summary>
    private void Steps(int[] rows, int count, MovingSet a, MovingSet b, bool fresh = false)
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
                var sum = Sum(rows[i % rows.Length], v, k);
                if (fresh && k < Sets)
                {
                    _asm.Multiply(sum, Broadcast(i), _b[v]);
                }
                else
                {
                    _asm.MulAdd(sum, Broadcast(i), _b[v], _spec.Product);
                }

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

    private Vec[] NewVecs(int count) => [.. Enumerable.Range(0, count).Select(_ => _asm.NewVec())];

    private void FreeAll(Vec[] registers)
    {
        foreach (var register in registers.Reverse())
        {
            _asm.Free(register);
        }
    }
}
