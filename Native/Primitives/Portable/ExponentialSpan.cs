using System.Numerics;
using System.Numerics.Tensors;

namespace FugakuDnn.Native.Primitives.Portable;

/// <summary>
/// e to the power of contiguous elements. <see cref="TensorPrimitives.Exp{T}"/> alone will not do: in single precision it gives 1.0000001 for 0.
/// </summary>
internal static class ExponentialSpan
{
    /// <summary>Elements converted in one go, on the stack.</summary>
    private const int Chunk = 256;

    /// <summary>y = e^x; y may be x. Single precision is computed in double precision and rounded once.</summary>
    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) != typeof(float))
        {
            for (int i = 0; i < x.Length; i++)
            {
                y[i] = T.Exp(x[i]);
            }

            return;
        }

        Span<double> wide = stackalloc double[Chunk];
        for (int i = 0; i < x.Length; i += Chunk)
        {
            int count = Math.Min(Chunk, x.Length - i);
            Span<double> part = wide[..count];
            TensorPrimitives.ConvertTruncating(x.Slice(i, count), part);
            TensorPrimitives.Exp<double>(part, part);
            TensorPrimitives.ConvertTruncating<double, T>(part, y.Slice(i, count));
        }
    }
}
