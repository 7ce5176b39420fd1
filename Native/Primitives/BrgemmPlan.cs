using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Threading;

namespace FugakuDnn.Native.Primitives;

/// <summary>
/// What plans on the batch-reduce GEMM share: kernels for each width of a block of columns, the cut of the work, and B in panels, which
/// are packed in every call unless packed weights are given. A plan without panels reads B as it lies.
/// </summary>
internal abstract unsafe class BrgemmPlan : Plan
{
    private readonly RegionGemm _gemm;
    private readonly PanelLayout? _panels;
    private readonly RegionGemm.Entry[] _kernels;

    /// <summary>Takes over the panels and what <paramref name="gemm"/> makes, also if it fails.</summary>
    protected BrgemmPlan(
        PlanContext context, PanelLayout? panels, GemmColumns[] columns, WorkGrid grid, Func<RegionGemm> gemm, string name = "brgemm")
    {
        _panels = panels;
        try
        {
            _gemm = gemm();
        }
        catch
        {
            panels?.Dispose();
            throw;
        }

        _kernels = [.. columns.Select(_gemm.For)];
        Grid = grid;
        CodeBytes = _gemm.CodeBytes;
        ScratchBytes = panels?.Bytes ?? 0;
        Implementation = Jit.JitPlan.Name(context, name);
    }

    /// <inheritdoc/>
    public override string Implementation { get; }

    /// <summary>The cut of the work into pieces.</summary>
    protected WorkGrid Grid { get; }

    /// <inheritdoc/>
    public sealed override void Execute(in Arguments arguments)
    {
        bool pack = _panels is not null && arguments.PackedWeights is null;
        using var lease = ScratchPool.Rent(pack && arguments.Scratch is null ? ScratchBytes : 0);
        void* panels = arguments.PackedWeights;
        if (pack)
        {
            panels = arguments.Scratch is null ? lease.Pointer : arguments.Scratch;
            PackWeights(arguments.Weights, panels);
        }

        var work = new Work { Plan = this, Arguments = arguments, Panels = (byte*)panels };
#pragma warning disable CS8500 // The struct holds a reference: it stays on this stack, where the collector sees it, until Run returns.
        WorkerTeam.Run(Grid.Pieces, &Piece, &work);
#pragma warning restore CS8500
    }

    /// <summary>The kernel of a block of columns.</summary>
    protected RegionGemm.Entry Kernel(long block) => _kernels[block];

    /// <summary>Computes a piece of <see cref="Grid"/>. No managed allocation.</summary>
    /// <param name="arguments">The call's tensors.</param>
    /// <param name="panels">Packed B; null without panels.</param>
    /// <param name="piece">Number of the piece.</param>
    protected abstract void Compute(in Arguments arguments, byte* panels, int piece);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _gemm.Dispose();
        _panels?.Dispose();
        base.Dispose(disposing);
    }

    private static void Piece(void* state, int piece, int thread)
    {
#pragma warning disable CS8500
        var work = (Work*)state;
        work->Plan.Compute(work->Arguments, work->Panels, piece);
#pragma warning restore CS8500
    }

    private struct Work
    {
        public BrgemmPlan Plan;
        public Arguments Arguments;
        public byte* Panels;
    }
}
