namespace FugakuDnn.Native.Primitives.Eltwise;

/// <summary>What the C boundary needs to know of an elementwise function.</summary>
internal static class EltwisePrimitive
{
    public static readonly PrimitiveKind<EltwiseDesc> Kind = new(
        "eltwise", static desc => desc.Validate(), Arguments, Describe, static () => EltwisePlans.Table);

    private static ArgumentRules Arguments(EltwiseDesc d) => new(
        "eltwise",
        TensorRule.Contiguous(Argument.Source, TensorUse.ReadInPlace, d.Type, d.Count),
        TensorRule.Contiguous(Argument.Destination, TensorUse.Write, d.Type, d.Count));

    private static string Describe(EltwiseDesc d) => $"{Words.Of(d.Type)},dense{Words.Of(d.Activation)},{d.Count}";
}
