using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Binary;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Reference;

/// <summary>An operation on two strided tensors.</summary>
public sealed unsafe class BinaryReference(BinaryDesc desc, in Arguments arguments) : IReference
{
    private readonly Cells _a = new(arguments.Source, desc.Type);
    private readonly Cells _b = new(arguments.Source1, desc.Type);

    public long Count => desc.Sizes.Product;

    public DataType Type => desc.Type;

    public long Offset(long output) => Strided.Offset(desc.Sizes, desc.StridesC, output);

    public Expected Output(long output)
    {
        double a = _a[Strided.Offset(desc.Sizes, desc.StridesA, output)];
        double b = _b[Strided.Offset(desc.Sizes, desc.StridesB, output)];
        Sum sum = default;
        if (desc.Kind == BinaryKind.Multiply)
        {
            sum.Add(a, b);
        }
        else
        {
            sum.AddOnce(a);
            sum.AddOnce(desc.Alpha * b);
        }

        return sum.Finish(desc.Activation);
    }
}

/// <summary>Where the elements of a strided tensor are.</summary>
public static class Strided
{
    /// <summary>Offset of the element with the given number, counted with the last dimension fastest.</summary>
    public static long Offset(Dims sizes, Dims strides, long number)
    {
        long offset = 0;
        for (int i = sizes.Rank - 1; i >= 0; i--)
        {
            offset += number % sizes[i] * strides[i];
            number /= sizes[i];
        }

        return offset;
    }

    /// <summary>Elements from the first to the last, both included; 0 if there are none.</summary>
    public static long Extent(Dims sizes, Dims strides)
    {
        long extent = 1;
        for (int i = 0; i < sizes.Rank; i++)
        {
            if (sizes[i] == 0)
            {
                return 0;
            }

            extent += (sizes[i] - 1) * strides[i];
        }

        return extent;
    }
}
