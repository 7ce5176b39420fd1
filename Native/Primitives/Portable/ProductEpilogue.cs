using System.Numerics;
using System.Numerics.Tensors;

namespace FugakuDnn.Native.Primitives.Portable;

/// <summary>What happens to sums before they are stored: destination = activation(alpha·sum + bias + beta·residual).</summary>
internal unsafe struct ProductEpilogue<T>
    where T : unmanaged, INumber<T>
{
    /// <summary>One element a column, or null.</summary>
    public T* Bias;

    /// <summary>In the places of the destination, or null.</summary>
    public T* Residual;

    /// <summary>Start of the output.</summary>
    public T* Destination;

    /// <summary>Elements between two columns of destination and residual.</summary>
    public long ColumnStep;

    /// <summary>Factor of the sums.</summary>
    public T Alpha;

    /// <summary>Factor of the residual.</summary>
    public T Beta;

    /// <summary>Applied last.</summary>
    public ActivationDesc Activation;

    /// <summary>Finishes one row's columns from <paramref name="column"/> on; <paramref name="offset"/> is where the row starts in the destination.</summary>
    public readonly void Store(Span<T> sums, long offset, long column)
    {
        if (Alpha != T.One)
        {
            TensorPrimitives.Multiply(sums, Alpha, sums);
        }

        if (Bias is not null)
        {
            TensorPrimitives.Add(sums, new ReadOnlySpan<T>(Bias + column, sums.Length), sums);
        }

        long start = offset + column * ColumnStep;
        if (ColumnStep == 1)
        {
            if (Residual is not null)
            {
                AddResidual(sums, new ReadOnlySpan<T>(Residual + start, sums.Length));
            }

            ActivationSpan.Apply(Activation, sums, new Span<T>(Destination + start, sums.Length));
            return;
        }

        for (int j = 0; j < sums.Length && Residual is not null; j++)
        {
            sums[j] += Beta * Residual[start + j * ColumnStep];
        }

        ActivationSpan.Apply(Activation, sums, sums);
        for (int j = 0; j < sums.Length; j++)
        {
            Destination[start + j * ColumnStep] = sums[j];
        }
    }

    private readonly void AddResidual(Span<T> sums, ReadOnlySpan<T> residual)
    {
        if (Beta == T.One)
        {
            TensorPrimitives.Add(sums, residual, sums);
        }
        else
        {
            TensorPrimitives.MultiplyAdd(residual, Beta, sums, sums);
        }
    }
}
