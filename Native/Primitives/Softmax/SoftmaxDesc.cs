using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Softmax;

/// <summary>
/// Softmax (or its logarithm) along the middle of three dense dimensions, outer × axis × inner. Reads <c>Source</c>, writes <c>Destination</c>,
/// which may be the source. A row with a NaN or +∞, or with only -∞, is NaN; beside finite elements -∞ gives 0 (its logarithm: -∞). Types: F32, F64.
/// </summary>
public readonly record struct SoftmaxDesc(DataType Type, long Outer, long Axis, long Inner, bool Logarithm)
{
    /// <summary>Throws <see cref="FdnnException"/> naming argument, rule and value if the descriptor is not valid.</summary>
    public void Validate()
    {
        Check.That(Type is DataType.F32 or DataType.F64, "softmax", "data_type", "must be f32 or f64", Type);
        Check.NotNegative(Outer, "softmax", "outer");
        Check.NotNegative(Axis, "softmax", "axis");
        Check.NotNegative(Inner, "softmax", "inner");
        Check.Volume("softmax", "src", Type, Outer, Axis, Inner);
    }
}
