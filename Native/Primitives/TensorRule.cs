using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives;

/// <summary>The pointers of <see cref="Arguments"/>, in its order.</summary>
internal enum Argument
{
    Source,
    Source1,
    Weights,
    PackedWeights,
    Bias,
    Scale,
    Shift,
    Mean,
    Variance,
    Residual,
    Destination,
    Workspace,
    Scratch,
}

/// <summary>What an execution does with a tensor.</summary>
internal enum TensorUse
{
    /// <summary>Reads it; it must not overlap an output.</summary>
    Read,

    /// <summary>Reads it element by element before writing there: it may be the destination itself, but not overlap it in part.</summary>
    ReadInPlace,

    /// <summary>Reads it if it is given.</summary>
    ReadOptional,

    /// <summary>Writes it.</summary>
    Write,
}

/// <summary>One tensor of an execution.</summary>
/// <param name="Argument">Which pointer.</param>
/// <param name="Use">What is done with it.</param>
/// <param name="ElementBytes">Size of an element, and the alignment asked for.</param>
/// <param name="Bytes">From the first byte to the last; 0 if there is no element, then the pointer may be null.</param>
/// <param name="Dense">Every byte in between belongs to an element.</param>
internal readonly record struct TensorRule(Argument Argument, TensorUse Use, int ElementBytes, long Bytes, bool Dense)
{
    /// <summary>A tensor without gaps.</summary>
    public static TensorRule Contiguous(Argument argument, TensorUse use, DataType type, params ReadOnlySpan<long> sizes)
    {
        long bytes = type.Size();
        foreach (long size in sizes)
        {
            bytes *= size;
        }

        return new TensorRule(argument, use, type.Size(), bytes, true);
    }

    /// <summary>A tensor given by sizes and strides in elements.</summary>
    public static TensorRule Strided(Argument argument, TensorUse use, DataType type, Dims sizes, Dims strides)
    {
        long last = 0, distinct = 1;
        bool empty = false;
        for (int i = 0; i < sizes.Rank; i++)
        {
            empty |= sizes[i] == 0;
            last += Math.Max(sizes[i] - 1, 0) * strides[i];
            distinct *= strides[i] == 0 ? 1 : Math.Max(sizes[i], 1);
        }

        bool dense = distinct == last + 1 && !StridedTensor.SharesPlaces(sizes, strides, broadcast: true);
        return new TensorRule(argument, use, type.Size(), empty ? 0 : (last + 1) * type.Size(), dense);
    }
}
