namespace FugakuDnn.Native.Primitives.Binary;

/// <summary>What the C boundary needs to know of an operation on two tensors.</summary>
internal static class BinaryPrimitive
{
    public static readonly PrimitiveKind<BinaryDesc> Kind = new(
        "binary", static desc => desc.Validate(), Arguments, Describe, static () => BinaryPlans.Table);

    private static ArgumentRules Arguments(BinaryDesc d) => new(
        "binary",
        TensorRule.Strided(Argument.Source, InPlace(d, d.StridesA), d.Type, d.Sizes, d.StridesA),
        TensorRule.Strided(Argument.Source1, InPlace(d, d.StridesB), d.Type, d.Sizes, d.StridesB),
        TensorRule.Strided(Argument.Destination, TensorUse.Write, d.Type, d.Sizes, d.StridesC));

    /// <summary>An input may be the destination where each element is read from the place it is written to.</summary>
    private static TensorUse InPlace(BinaryDesc d, Tensors.Dims strides)
    {
        bool same = true;
        for (int i = 0; i < d.Sizes.Rank; i++)
        {
            same &= d.Sizes[i] <= 1 || strides[i] == d.StridesC[i];
        }

        return same ? TensorUse.ReadInPlace : TensorUse.Read;
    }

    private static string Describe(BinaryDesc d) =>
        $"{Words.Of(d.Type)},{Words.Of(d.Kind)}{Words.Of(d.Activation)},"
        + $"{Words.Of(d.Sizes)}:a{Words.Of(d.StridesA)}:b{Words.Of(d.StridesB)}:dst{Words.Of(d.StridesC)}";
}
