using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Binary;

/// <summary>Operations on two tensors. The numbers are part of the C ABI.</summary>
public enum BinaryKind
{
    /// <summary>a + alpha·b.</summary>
    Add = 0,

    /// <summary>a·b.</summary>
    Multiply = 1,
}

/// <summary>
/// destination = activation(a op b), element by element over <see cref="Sizes"/>. Strides are in elements and may be 0 (broadcast) for the inputs. Reads
/// <c>Source</c> (a), <c>Source1</c> (b); writes <c>Destination</c>, which may be an input with the same strides. Types: F32, F64.
/// </summary>
public readonly record struct BinaryDesc
{
    /// <summary>Element type.</summary>
    public DataType Type { get; init; }

    /// <summary>Operation.</summary>
    public BinaryKind Kind { get; init; }

    /// <summary>Sizes of the destination.</summary>
    public Dims Sizes { get; init; }

    /// <summary>Strides of a.</summary>
    public Dims StridesA { get; init; }

    /// <summary>Strides of b.</summary>
    public Dims StridesB { get; init; }

    /// <summary>Strides of the destination; no two elements share a place.</summary>
    public Dims StridesC { get; init; }

    /// <summary>Factor of b in an addition.</summary>
    public float Alpha { get; init; }

    /// <summary>Applied last.</summary>
    public ActivationDesc Activation { get; init; }

    /// <summary>Throws <see cref="FdnnException"/> naming argument, rule and value if the descriptor is not valid.</summary>
    public void Validate()
    {
        Check.That(Type is DataType.F32 or DataType.F64, "binary", "data_type", "must be f32 or f64", Type);
        Check.Defined(Kind, "binary", "kind");
        Check.That(StridesA.Rank == Sizes.Rank, "binary", "strides_a", $"must have {Sizes.Rank} values", StridesA.Rank);
        Check.That(StridesB.Rank == Sizes.Rank, "binary", "strides_b", $"must have {Sizes.Rank} values", StridesB.Rank);
        Check.That(StridesC.Rank == Sizes.Rank, "binary", "strides_dst", $"must have {Sizes.Rank} values", StridesC.Rank);
        StridedTensor.Validate("binary", "a", Type, Sizes, StridesA, mayOverlap: true);
        StridedTensor.Validate("binary", "b", Type, Sizes, StridesB, mayOverlap: true);
        StridedTensor.Validate("binary", "dst", Type, Sizes, StridesC, mayOverlap: false);
        Check.That(Activation.Fusable, "binary", "activation", "must be none, relu, leaky_relu, clip or linear", Activation.Kind);
    }
}
