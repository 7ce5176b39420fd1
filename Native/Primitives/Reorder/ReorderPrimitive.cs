namespace FugakuDnn.Native.Primitives.Reorder;

/// <summary>What the C boundary needs to know of a reorder.</summary>
internal static class ReorderPrimitive
{
    public static readonly PrimitiveKind<ReorderDesc> Kind = new(
        "reorder", static desc => desc.Validate(), Arguments, Describe, static () => ReorderPlans.Table);

    private static ArgumentRules Arguments(ReorderDesc d) => new(
        "reorder",
        TensorRule.Strided(Argument.Source, TensorUse.Read, d.Type, d.Sizes, d.SourceStrides),
        TensorRule.Strided(Argument.Destination, TensorUse.Write, d.Type, d.Sizes, d.DestinationStrides));

    private static string Describe(ReorderDesc d) =>
        $"{Words.Of(d.Type)},strided,{Words.Of(d.Sizes)}:src{Words.Of(d.SourceStrides)}:dst{Words.Of(d.DestinationStrides)}";
}
