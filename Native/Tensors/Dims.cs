using System.Runtime.CompilerServices;

namespace FugakuDnn.Native.Tensors;

/// <summary>Up to eight sizes or strides, compared by value; unused places are zero.</summary>
[InlineArray(MaxRank)]
public struct DimsStorage
{
    /// <summary>Most dimensions a tensor has.</summary>
    public const int MaxRank = 8;

    private long _first;
}

/// <summary>An immutable list of up to eight sizes or strides with value equality.</summary>
public readonly struct Dims : IEquatable<Dims>
{
    private readonly DimsStorage _values;

    /// <summary>Copies the values.</summary>
    public Dims(params ReadOnlySpan<long> values)
    {
        if (values.Length > DimsStorage.MaxRank)
        {
            throw new ArgumentException($"rank must be at most {DimsStorage.MaxRank}, got {values.Length}", nameof(values));
        }

        for (int i = 0; i < values.Length; i++)
        {
            _values[i] = values[i];
        }

        Rank = values.Length;
    }

    /// <summary>Number of dimensions.</summary>
    public int Rank { get; }

    /// <summary>Value of one dimension.</summary>
    public long this[int i] => i < Rank ? _values[i] : throw new ArgumentOutOfRangeException(nameof(i));

    /// <summary>Product of all values; 1 for rank 0.</summary>
    public long Product
    {
        get
        {
            long product = 1;
            for (int i = 0; i < Rank; i++)
            {
                product *= _values[i];
            }

            return product;
        }
    }

    /// <inheritdoc/>
    public bool Equals(Dims other)
    {
        bool equal = Rank == other.Rank;
        for (int i = 0; i < Rank && equal; i++)
        {
            equal = _values[i] == other._values[i];
        }

        return equal;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Dims other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        for (int i = 0; i < Rank; i++)
        {
            hash.Add(_values[i]);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new System.Text.StringBuilder("[");
        for (int i = 0; i < Rank; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(_values[i]);
        }

        return text.Append(']').ToString();
    }

    /// <summary>Equality by value.</summary>
    public static bool operator ==(Dims left, Dims right) => left.Equals(right);

    /// <summary>Inequality by value.</summary>
    public static bool operator !=(Dims left, Dims right) => !left.Equals(right);
}
