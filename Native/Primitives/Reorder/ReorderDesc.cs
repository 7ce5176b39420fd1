using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Reorder;

/// <summary>
/// Copies a tensor into another order of dimensions: both sides are given by strides in elements; the source's may be 0 (broadcast). Reads
/// <c>Source</c>, writes <c>Destination</c>; they must not overlap. Types: any, the same on both sides.
/// </summary>
public readonly record struct ReorderDesc(DataType Type, Dims Sizes, Dims SourceStrides, Dims DestinationStrides)
{
    /// <summary>Throws <see cref="FdnnException"/> naming argument, rule and value if the descriptor is not valid.</summary>
    public void Validate()
    {
        Check.Defined(Type, "reorder", "data_type");
        Check.That(SourceStrides.Rank == Sizes.Rank, "reorder", "src strides", $"must have {Sizes.Rank} values", SourceStrides.Rank);
        Check.That(DestinationStrides.Rank == Sizes.Rank, "reorder", "dst strides", $"must have {Sizes.Rank} values", DestinationStrides.Rank);
        StridedTensor.Validate("reorder", "src", Type, Sizes, SourceStrides, mayOverlap: true);
        StridedTensor.Validate("reorder", "dst", Type, Sizes, DestinationStrides, mayOverlap: false);
    }
}
