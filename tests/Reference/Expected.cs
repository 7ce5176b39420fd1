using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Reference;

/// <summary>One element of a result, computed in double precision, and how far a correct implementation may be from it.</summary>
/// <param name="Value">The result.</param>
/// <param name="Bound">Largest error, in unit roundoffs of the type, for any order of the operations and any data.</param>
/// <param name="RandomBound">The same for data with random signs, whose rounding errors mostly cancel: a lost term of a long sum shows
/// here, not in <paramref name="Bound"/>.</param>
public readonly record struct Expected(double Value, double Bound, double RandomBound)
{
    /// <summary>A value that is not rounded.</summary>
    public static Expected Exactly(double value) => new(value, 0, 0);
}

/// <summary>A primitive computed by the plainest loops there are, one output at a time.</summary>
public interface IReference
{
    /// <summary>Number of outputs.</summary>
    long Count { get; }

    /// <summary>Element type of the outputs.</summary>
    DataType Type { get; }

    /// <summary>Where output <paramref name="output"/> is in the destination, in elements.</summary>
    long Offset(long output);

    /// <summary>What it should be.</summary>
    Expected Output(long output);
}

/// <summary>What the data was made of, which decides how results are compared.</summary>
public enum DataKind
{
    /// <summary>Integers so small that every sum is exact in the type: results must be equal.</summary>
    SmallIntegers,

    /// <summary>Real numbers with random signs.</summary>
    Random,

    /// <summary>Anything, including special values.</summary>
    Any,
}

/// <summary>Compares results.</summary>
public static class Accuracy
{
    /// <summary>Half the distance from 1 to the next number.</summary>
    public static double UnitRoundoff(DataType type) => type switch
    {
        DataType.F32 => Math.ScaleB(1, -24),
        DataType.F64 => Math.ScaleB(1, -53),
        _ => 0,
    };

    /// <summary>Largest absolute error allowed.</summary>
    public static double Limit(in Expected expected, DataType type, DataKind kind)
    {
        if (kind == DataKind.SmallIntegers || UnitRoundoff(type) == 0)
        {
            return 0;
        }

        // The reference for F64 rounds as much as the implementation does. Results below the normal range may be flushed to zero.
        double roundoffs = kind == DataKind.Random ? Math.Min(expected.Bound, expected.RandomBound) : expected.Bound;
        if (!double.IsFinite(roundoffs))
        {
            return 0; // an infinity or NaN went in and a finite value came out, from a maximum or a clip: it is exact
        }

        double smallest = type == DataType.F32 ? Math.ScaleB(1, -126) : Math.ScaleB(1, -1022);
        return roundoffs * UnitRoundoff(type) * (type == DataType.F64 ? 2 : 1) + smallest;
    }

    /// <summary>Whether a result is right. NaN matches NaN only, an infinity only itself; the sign of a zero is not looked at.</summary>
    public static bool Agrees(double actual, in Expected expected, DataType type, DataKind kind)
    {
        if (double.IsNaN(expected.Value) || double.IsNaN(actual))
        {
            return double.IsNaN(expected.Value) && double.IsNaN(actual);
        }

        if (actual == expected.Value)
        {
            return true;
        }

        if (type == DataType.F32 && double.IsInfinity(actual))
        {
            return float.IsInfinity((float)expected.Value) && Math.Sign(actual) == Math.Sign(expected.Value);
        }

        return !double.IsInfinity(actual) && !double.IsInfinity(expected.Value)
            && Math.Abs(actual - expected.Value) <= Limit(expected, type, kind);
    }
}
