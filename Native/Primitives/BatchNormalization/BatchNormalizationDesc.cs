using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.BatchNormalization;

/// <summary>
/// Batch normalisation with given statistics (inference): destination = activation((source - mean)·scale / √(variance + epsilon) + shift).
/// Reads <c>Source</c>, <c>Mean</c>, <c>Variance</c> (channels), <c>Scale</c> and <c>Shift</c> (channels, or null for one and zero);
/// writes <c>Destination</c>, which may be the source. A negative variance (below -epsilon) gives NaN. Types: F32, F64 (all tensors).
/// </summary>
public readonly record struct BatchNormalizationDesc
{
    /// <summary>Element type of all tensors.</summary>
    public DataType Type { get; init; }

    /// <summary>Layout of source and destination.</summary>
    public Layout Layout { get; init; }

    /// <summary>Images.</summary>
    public long Batch { get; init; }

    /// <summary>Channels.</summary>
    public long Channels { get; init; }

    /// <summary>Pixels of one image (height × width).</summary>
    public long Spatial { get; init; }

    /// <summary>Added to the variance; not negative.</summary>
    public double Epsilon { get; init; }

    /// <summary>Applied last.</summary>
    public ActivationDesc Activation { get; init; }

    /// <summary>Throws <see cref="FdnnException"/> naming argument, rule and value if the descriptor is not valid.</summary>
    public void Validate()
    {
        Check.That(Type is DataType.F32 or DataType.F64, "batch_normalization", "data_type", "must be f32 or f64", Type);
        Check.Defined(Layout, "batch_normalization", "layout");
        Check.NotNegative(Batch, "batch_normalization", "batch");
        Check.NotNegative(Channels, "batch_normalization", "channels");
        Check.NotNegative(Spatial, "batch_normalization", "spatial");
        Check.That(Epsilon >= 0 && double.IsFinite(Epsilon), "batch_normalization", "epsilon", "must be finite and not negative", Epsilon);
        Check.That(Activation.Fusable, "batch_normalization", "activation", "must be none, relu, leaky_relu, clip or linear", Activation.Kind);
        Check.Volume("batch_normalization", "src", Type, Batch, Channels, Spatial);
    }
}
