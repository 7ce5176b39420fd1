using System.Runtime.InteropServices;
using FugakuDnn.Native.Primitives;

namespace FugakuDnn.Exports.Abi;

/// <summary>An activation with its parameters, applied last by the primitive it is part of.</summary>
[CName("fdnn_activation_desc")]
[StructLayout(LayoutKind.Sequential)]
public struct ActivationStruct
{
    /// <summary>Which function.</summary>
    public Activation Kind;

    /// <summary>First parameter: slope, lower bound or factor.</summary>
    public float Alpha;

    /// <summary>Second parameter: upper bound or summand.</summary>
    public float Beta;

    /// <summary>Must be 0.</summary>
    public int Reserved;

    /// <summary>As a part of a descriptor. -0 becomes 0, so that equal keys compute equal bits.</summary>
    internal readonly ActivationDesc ToDesc(string primitive)
    {
        Check.That(Reserved == 0, primitive, "activation.reserved", "must be 0", Reserved);
        return new ActivationDesc(Kind, Alpha + 0f, Beta + 0f);
    }
}
