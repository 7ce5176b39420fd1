using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Eltwise;

/// <summary>
/// An activation applied to each element. Reads <c>Source</c>, writes <c>Destination</c>, which may be the source; both are dense.
/// Types: F32, F64.
/// </summary>
public readonly record struct EltwiseDesc(DataType Type, ActivationDesc Activation, long Count)
{
    /// <summary>Throws <see cref="FdnnException"/> naming argument, rule and value if the descriptor is not valid.</summary>
    public void Validate()
    {
        Check.That(Type is DataType.F32 or DataType.F64, "eltwise", "data_type", "must be f32 or f64", Type);
        Check.Defined(Activation.Kind, "eltwise", "algorithm");
        Check.NotNegative(Count, "eltwise", "count");
        Check.Volume("eltwise", "src", Type, Count);
    }
}
