using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Primitives;

/// <summary>
/// The pointers of one execution, the same struct for every primitive and identical to the C ABI's <c>fdnn_arguments</c>.
/// A descriptor's documentation says which of them its primitive reads and writes; the others are ignored.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Arguments
{
    /// <summary>First input.</summary>
    public void* Source;

    /// <summary>Second input of a binary operation or matmul (B).</summary>
    public void* Source1;

    /// <summary>Weights in the layout that the descriptor names, or null when packed weights are given.</summary>
    public void* Weights;

    /// <summary>Packed weights, or null.</summary>
    public void* PackedWeights;

    /// <summary>Bias, one element an output channel.</summary>
    public void* Bias;

    /// <summary>Batch normalisation: scale (gamma), or null for one.</summary>
    public void* Scale;

    /// <summary>Batch normalisation: shift (beta), or null for zero.</summary>
    public void* Shift;

    /// <summary>Batch normalisation: mean.</summary>
    public void* Mean;

    /// <summary>Batch normalisation: variance.</summary>
    public void* Variance;

    /// <summary>Added to the result before the activation; shape and layout of the destination. May be the destination.</summary>
    public void* Residual;

    /// <summary>Output.</summary>
    public void* Destination;

    /// <summary>Second output: indices of max pooling.</summary>
    public void* Workspace;

    /// <summary>Scratch memory of at least <see cref="Plan.ScratchBytes"/>, 256-byte aligned, or null.</summary>
    public void* Scratch;
}
