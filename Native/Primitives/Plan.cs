using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Primitives;

/// <summary>How a primitive is computed on this machine: immutable after creation and safe to execute from many threads.</summary>
public abstract class Plan : IDisposable
{
    /// <summary>Name of the implementation, for example <c>jit:avx2:brgemm</c> or <c>portable</c>.</summary>
    public abstract string Implementation { get; }

    /// <summary>Scratch memory an execution needs, in bytes.</summary>
    public long ScratchBytes { get; protected init; }

    /// <summary>Size of the packed weights this plan can read, in bytes; 0 where it reads only unpacked ones.</summary>
    public long PackedWeightsBytes { get; protected init; }

    /// <summary>
    /// Identifies the layout of packed weights: plans with equal keys (another batch or image size, say) can share them.
    /// </summary>
    public string PackedWeightsKey { get; protected init; } = "";

    /// <summary>Bytes of generated code that the plan keeps alive; the plan cache's budget counts them.</summary>
    public long CodeBytes { get; protected init; }

    /// <summary>Runs the primitive. No managed allocation, no shared lock.</summary>
    public abstract void Execute(in Arguments arguments);

    /// <summary>Packs weights from the descriptor's layout.</summary>
    /// <param name="weights">Weights in the layout that the descriptor names.</param>
    /// <param name="packed">At least <see cref="PackedWeightsBytes"/> bytes, 256-byte aligned.</param>
    public virtual unsafe void PackWeights(void* weights, void* packed) =>
        throw new FdnnException(Status.Unsupported, $"{Implementation}: this plan has no packed weights");

    /// <summary>Releases generated code and tables. The plan cache calls it once nobody executes the plan.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the plan holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
