using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Pooling;

/// <summary>What the C boundary needs to know of pooling.</summary>
internal static class PoolingPrimitive
{
    public static readonly PrimitiveKind<PoolingDesc> Kind = new(
        "pooling", static desc => desc.Validate(), Arguments, Describe, static () => PoolingPlans.Table);

    private static ArgumentRules Arguments(PoolingDesc d)
    {
        List<TensorRule> tensors =
        [
            TensorRule.Contiguous(Argument.Source, TensorUse.Read, d.Type, d.Batch, d.Channels, d.InHeight, d.InWidth),
            TensorRule.Contiguous(Argument.Destination, TensorUse.Write, d.Type, d.Batch, d.Channels, d.OutHeight, d.OutWidth),
        ];
        if (d.HasIndices)
        {
            tensors.Add(TensorRule.Contiguous(
                Argument.Workspace, TensorUse.Write, DataType.S64, d.Batch, d.Channels, d.OutHeight, d.OutWidth));
        }

        return new ArgumentRules("pooling", [.. tensors]);
    }

    private static string Describe(PoolingDesc d) =>
        $"{Words.Of(d.Type)},{Words.Of(d.Layout)} {Words.Of(d.Kind)}{(d.HasIndices ? " indices" : "")}"
        + $",mb{d.Batch}ic{d.Channels}"
        + $"_ih{d.InHeight}oh{d.OutHeight}kh{d.KernelHeight}sh{d.StrideH}dh{d.DilationH - 1}ph{d.PadTop}"
        + $"_iw{d.InWidth}ow{d.OutWidth}kw{d.KernelWidth}sw{d.StrideW}dw{d.DilationW - 1}pw{d.PadLeft}";
}
