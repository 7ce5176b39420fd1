using FugakuDnn.Native.Primitives;

namespace FugakuDnn.Reference;

/// <summary>A sum of products in double precision, with what its error bound needs.</summary>
public struct Sum
{
    /// <summary>Safety factor of the bound for random signs.</summary>
    private const double RandomFactor = 4;

    /// <summary>Roundings besides those of the sum itself: factors, bias, residual, activation.</summary>
    private const double FewRoundings = 6;

    private double _value, _magnitude, _squaresA, _squaresB, _rest;
    private long _terms;

    /// <summary>Adds a·b.</summary>
    public void Add(double a, double b)
    {
        _value += a * b;
        _magnitude += Math.Abs(a * b);
        _squaresA += a * a;
        _squaresB += b * b;
        _terms++;
    }

    /// <summary>Multiplies everything so far.</summary>
    public void Scale(double factor)
    {
        _value *= factor;
        _magnitude *= Math.Abs(factor);
        _squaresA *= factor * factor;
    }

    /// <summary>Adds something that does not belong to the sum of products: a bias, a residual.</summary>
    public void AddOnce(double value)
    {
        _value += value;
        _rest += Math.Abs(value);
    }

    /// <summary>The result behind an activation, which may amplify errors (by its slope) and adds its own.</summary>
    public readonly Expected Finish(ActivationDesc activation)
    {
        double value = ActivationReference.Apply(activation, _value);
        double slope = activation.Kind is Activation.LeakyRelu ? Math.Max(1, Math.Abs(activation.Alpha))
            : activation.Kind is Activation.Linear ? Math.Abs(activation.Alpha) : 1;
        double own = FewRoundings * (_rest * slope + Math.Abs(value) + (activation.Kind == Activation.Linear ? Math.Abs(activation.Beta) : 0));
        double n = _terms + FewRoundings;
        return new Expected(value, n * 1.01 * _magnitude * slope + own,
            RandomFactor * Math.Sqrt(n) * Math.Sqrt(_squaresA) * Math.Sqrt(_squaresB) * slope + own);
    }
}

/// <summary>Activations in double precision.</summary>
public static class ActivationReference
{
    public static double Apply(ActivationDesc activation, double x)
    {
        if (double.IsNaN(x))
        {
            return x;
        }

        return activation.Kind switch
        {
            Activation.None => x,
            Activation.Relu => x > 0 ? x : 0,
            Activation.LeakyRelu => x > 0 ? x : activation.Alpha * x,
            Activation.Clip => Math.Min(Math.Max(x, activation.Alpha), activation.Beta),
            Activation.Linear => activation.Alpha * x + activation.Beta,
            Activation.Exp => Math.Exp(x),
            _ => throw new ArgumentOutOfRangeException(nameof(activation)),
        };
    }
}
