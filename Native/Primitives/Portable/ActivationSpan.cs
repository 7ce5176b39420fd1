using System.Numerics;
using System.Numerics.Tensors;
using Lanes = System.Numerics.Vector; // our own Vector is a namespace

namespace FugakuDnn.Native.Primitives.Portable;

/// <summary>Activations over contiguous elements.</summary>
internal static class ActivationSpan
{
    /// <summary>y = activation(x); y may be x. <see cref="Activation.Exp"/> is not among them.</summary>
    public static void Apply<T>(ActivationDesc activation, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        T alpha = T.CreateTruncating(activation.Alpha), beta = T.CreateTruncating(activation.Beta);
        switch (activation.Kind)
        {
            case Activation.Relu:
                TensorPrimitives.Max(x, T.Zero, y);
                break;
            case Activation.LeakyRelu:
                LeakyRelu(alpha, x, y);
                break;
            case Activation.Clip:
                TensorPrimitives.Max(x, alpha, y);
                TensorPrimitives.Min(y, beta, y);
                break;
            case Activation.Linear:
                TensorPrimitives.Multiply(x, alpha, y);
                TensorPrimitives.Add(y, beta, y);
                break;
            default:
                x.CopyTo(y);
                break;
        }
    }

    private static void LeakyRelu<T>(T alpha, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        int i = 0;
        for (; i + Vector<T>.Count <= x.Length; i += Vector<T>.Count)
        {
            var value = new Vector<T>(x[i..]);
            Lanes.ConditionalSelect(Lanes.GreaterThan(value, Vector<T>.Zero), value, value * alpha).CopyTo(y[i..]);
        }

        for (; i < x.Length; i++)
        {
            y[i] = x[i] > T.Zero ? x[i] : x[i] * alpha;
        }
    }
}
