namespace FugakuDnn.Native.Primitives.BatchNormalization;

/// <summary>What the C boundary needs to know of batch normalisation.</summary>
internal static class BatchNormalizationPrimitive
{
    public static readonly PrimitiveKind<BatchNormalizationDesc> Kind = new(
        "batch_normalization", static desc => desc.Validate(), Arguments, Describe, static () => BatchNormalizationPlans.Table);

    private static ArgumentRules Arguments(BatchNormalizationDesc d) => new(
        "batch_normalization",
        TensorRule.Contiguous(Argument.Source, TensorUse.ReadInPlace, d.Type, d.Batch, d.Channels, d.Spatial),
        TensorRule.Contiguous(Argument.Mean, TensorUse.Read, d.Type, d.Channels),
        TensorRule.Contiguous(Argument.Variance, TensorUse.Read, d.Type, d.Channels),
        TensorRule.Contiguous(Argument.Scale, TensorUse.ReadOptional, d.Type, d.Channels),
        TensorRule.Contiguous(Argument.Shift, TensorUse.ReadOptional, d.Type, d.Channels),
        TensorRule.Contiguous(Argument.Destination, TensorUse.Write, d.Type, d.Batch, d.Channels, d.Spatial));

    private static string Describe(BatchNormalizationDesc d) =>
        $"{Words.Of(d.Type)},{Words.Of(d.Layout)}{Words.Of(d.Activation)},mb{d.Batch}ic{d.Channels}sp{d.Spatial}";
}
