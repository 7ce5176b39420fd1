using System.Numerics;
using FugakuDnn.Native.Kernels.Portable;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Primitives.Portable;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Matmul;

/// <summary>Matrix product in managed code, every attribute.</summary>
internal static class PortableMatmul
{
    public const string Name = "portable";

    public static Plan Create(MatmulDesc desc, PlanContext context) => (desc.TypeA, desc.TypeC) switch
    {
        (_, DataType.F32) => new PortableMatmul<float, float, float>(desc, context.Threads),
        (_, DataType.F64) => new PortableMatmul<double, double, double>(desc, context.Threads),
        (DataType.U8, _) => new PortableMatmul<byte, sbyte, int>(desc, context.Threads),
        _ => new PortableMatmul<sbyte, sbyte, int>(desc, context.Threads),
    };
}

/// <summary>
/// A piece of work is some rows × some columns of one product. Packed weights are k × n, row-major, in B's own type; a B that is stored
/// transposed, or narrower than the sums, is brought into that form slice by slice in scratch memory.
/// </summary>
internal sealed unsafe class PortableMatmul<TA, TB, T> : Plan
    where TA : unmanaged, INumber<TA>
    where TB : unmanaged, INumber<TB>
    where T : unmanaged, INumber<T>
{
    private readonly MatmulDesc _desc;
    private readonly MatmulCut _cut;

    public PortableMatmul(MatmulDesc desc, int threads)
    {
        _desc = desc;
        _cut = new MatmulCut(desc, threads, ProductScratch<T>.Columns);
        ScratchBytes = ScratchPerThread * threads;
        long matrices = desc.StrideB == 0 ? Math.Min(desc.Batch, 1) : desc.Batch;
        PackedWeightsBytes = matrices * desc.K * desc.N * sizeof(TB);
        PackedWeightsKey = $"portable kn {desc.TypeB} b{matrices} k{desc.K} n{desc.N}";
    }

    public override string Implementation => PortableMatmul.Name;

    private static bool Widens => typeof(TA) != typeof(T);

    private static long ScratchPerThread => ProductScratch<T>.BytesPerThread(Widens);

    public override void Execute(in Arguments arguments)
    {
        using ScratchPool.Lease lease = ScratchPool.Rent(arguments.Scratch is null ? ScratchBytes : 0);
        bool packed = arguments.PackedWeights is not null;
        var work = new Work
        {
            Desc = _desc,
            Cut = _cut,
            A = (TA*)arguments.Source,
            B = (TB*)(packed ? arguments.PackedWeights : arguments.Weights),
            StepM = _desc.TransposeA ? 1 : _desc.LeadingA,
            StepAK = _desc.TransposeA ? _desc.LeadingA : 1,
            StepBK = packed ? _desc.N : _desc.TransposeB ? 1 : _desc.LeadingB,
            StepN = packed || !_desc.TransposeB ? 1 : _desc.LeadingB,
            StrideB = packed && _desc.StrideB != 0 ? _desc.K * _desc.N : _desc.StrideB,
            Scratch = (byte*)(arguments.Scratch is null ? lease.Pointer : arguments.Scratch),
            Epilogue = new ProductEpilogue<T>
            {
                Bias = _desc.HasBias ? (T*)arguments.Bias : null,
                Residual = _desc.HasResidual ? (T*)arguments.Residual : null,
                Destination = (T*)arguments.Destination,
                ColumnStep = 1,
                Alpha = T.CreateTruncating(_desc.Alpha),
                Beta = T.CreateTruncating(_desc.Beta),
                Activation = _desc.Activation,
            },
        };
        WorkerTeam.Run(_cut.Pieces, _cut.Threads, &Body, &work);
    }

    public override void PackWeights(void* weights, void* packed)
    {
        (long stepK, long stepN) = _desc.TransposeB ? (1L, _desc.LeadingB) : (_desc.LeadingB, 1L);
        long matrices = _desc.StrideB == 0 ? Math.Min(_desc.Batch, 1) : _desc.Batch;
        TB* to = (TB*)packed;
        for (long matrix = 0; matrix < matrices; matrix++)
        {
            TB* from = (TB*)weights + matrix * _desc.StrideB;
            for (long k = 0; k < _desc.K; k++)
            {
                for (long n = 0; n < _desc.N; n++)
                {
                    *to++ = from[k * stepK + n * stepN];
                }
            }
        }
    }

    private static void Body(void* state, int piece, int thread)
    {
        ref Work work = ref *(Work*)state;
        var scratch = new ProductScratch<T>(work.Scratch + thread * ScratchPerThread);
        MatmulPiece at = work.Cut.Piece(piece);
        new Span<T>(scratch.Sums, at.Rows * ProductScratch<T>.Columns).Clear();
        for (int r = 0; r < at.Rows; r++)
        {
            scratch.C[r] = scratch.Sums + r * ProductScratch<T>.Columns;
        }

        for (long k = 0; k < work.Desc.K; k += PortableBlocks.Depth)
        {
            AddTerms(in work, in scratch, in at, k, (int)Math.Min(PortableBlocks.Depth, work.Desc.K - k));
        }

        for (int r = 0; r < at.Rows; r++)
        {
            long offset = at.Matrix * work.Desc.StrideC + (at.FirstRow + r) * work.Desc.LeadingC;
            work.Epilogue.Store(new Span<T>(scratch.C[r], at.Columns), offset, at.FirstColumn);
        }
    }

    private static void AddTerms(in Work work, in ProductScratch<T> scratch, in MatmulPiece at, long k, int depth)
    {
        TA* a = work.A + at.Matrix * work.Desc.StrideA + at.FirstRow * work.StepM + k * work.StepAK;
        TB* b = work.B + at.Matrix * work.StrideB + k * work.StepBK + at.FirstColumn * work.StepN;
        int padded = ProductScratch<T>.Padded(at.Columns);
        long stepA = Widens ? 1 : work.StepAK, ldb = ProductScratch<T>.Columns;
        T* slice = scratch.Slice;
        for (int r = 0; r < at.Rows; r++)
        {
            scratch.A[r] = Widens ? WidenRow(a + r * work.StepM, work.StepAK, depth, scratch.WideA + r * PortableBlocks.Depth)
                : (T*)(a + r * work.StepM);
        }

        if (Widens)
        {
            WidenSlice(b, work.StepBK, work.StepN, depth, at.Columns, scratch);
        }
        else if (work.StepN == 1 && padded == at.Columns)
        {
            slice = (T*)b;
            ldb = work.StepBK;
        }
        else
        {
            scratch.CopySlice((T*)b, work.StepBK, work.StepN, depth, at.Columns);
        }

        ProductTile<T>.Accumulate(scratch.A, scratch.C, at.Rows, stepA, slice, ldb, depth, padded);
    }

    private static T* WidenRow(TA* row, long step, int depth, T* wide)
    {
        for (int k = 0; k < depth; k++)
        {
            wide[k] = T.CreateTruncating(row[k * step]);
        }

        return wide;
    }

    private static void WidenSlice(TB* b, long stepK, long stepN, int depth, int columns, in ProductScratch<T> scratch)
    {
        for (int k = 0; k < depth; k++)
        {
            T* to = scratch.Slice + k * ProductScratch<T>.Columns;
            for (int j = 0; j < columns; j++)
            {
                to[j] = T.CreateTruncating(b[k * stepK + j * stepN]);
            }
        }

        scratch.PadSlice(depth, columns);
    }

    private struct Work
    {
        public MatmulDesc Desc;
        public MatmulCut Cut;
        public TA* A;
        public TB* B;
        public long StepM, StepAK, StepBK, StepN, StrideB;
        public byte* Scratch;
        public ProductEpilogue<T> Epilogue;
    }
}
