namespace FugakuDnn.Native.Primitives.Softmax;

/// <summary>What the C boundary needs to know of softmax.</summary>
internal static class SoftmaxPrimitive
{
    public static readonly PrimitiveKind<SoftmaxDesc> Kind = new(
        "softmax", static desc => desc.Validate(), Arguments, Describe, static () => SoftmaxPlans.Table);

    private static ArgumentRules Arguments(SoftmaxDesc d) => new(
        "softmax",
        TensorRule.Contiguous(Argument.Source, TensorUse.ReadInPlace, d.Type, d.Outer, d.Axis, d.Inner),
        TensorRule.Contiguous(Argument.Destination, TensorUse.Write, d.Type, d.Outer, d.Axis, d.Inner));

    private static string Describe(SoftmaxDesc d) =>
        $"{Words.Of(d.Type)},dense {(d.Logarithm ? "logsoftmax" : "softmax")} axis:1,{d.Outer}x{d.Axis}x{d.Inner}";
}
