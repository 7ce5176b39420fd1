namespace FugakuDnn.Native.Primitives;

/// <summary>
/// Functions of one variable, alone (eltwise) or fused behind another primitive. The numbers are part of the C ABI. The sign of a result that
/// is zero is not specified.
/// </summary>
public enum Activation
{
    /// <summary>Identity.</summary>
    None = 0,

    /// <summary>max(x, 0); NaN propagates.</summary>
    Relu = 1,

    /// <summary>x for x &gt; 0, otherwise alpha·x; NaN propagates.</summary>
    LeakyRelu = 2,

    /// <summary>min(max(x, alpha), beta), which is beta where alpha is larger; NaN propagates.</summary>
    Clip = 3,

    /// <summary>alpha·x + beta.</summary>
    Linear = 4,

    /// <summary>e to the power of x.</summary>
    Exp = 5,
}

/// <summary>An activation and its two parameters.</summary>
public readonly record struct ActivationDesc(Activation Kind, float Alpha = 0, float Beta = 0)
{
    /// <summary>No activation.</summary>
    public static ActivationDesc None => default;

    /// <summary>True where the activation can be applied by a GEMM's epilogue.</summary>
    public bool Fusable => Kind is Activation.None or Activation.Relu or Activation.LeakyRelu or Activation.Clip or Activation.Linear;
}
