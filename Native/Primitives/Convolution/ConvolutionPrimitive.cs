namespace FugakuDnn.Native.Primitives.Convolution;

/// <summary>What the C boundary needs to know of a convolution.</summary>
internal static class ConvolutionPrimitive
{
    public static readonly PrimitiveKind<ConvolutionDesc> Kind = new(
        "convolution", static desc => desc.Validate(), Arguments, Describe, static () => ConvolutionPlans.Table);

    private static ArgumentRules Arguments(ConvolutionDesc d)
    {
        TensorRule destination = TensorRule.Contiguous(
            Argument.Destination, TensorUse.Write, d.Type, d.Batch, d.OutChannels, d.OutHeight, d.OutWidth);
        List<TensorRule> tensors =
        [
            TensorRule.Contiguous(Argument.Source, TensorUse.Read, d.Type, d.Batch, d.InChannels, d.InHeight, d.InWidth),
            TensorRule.Contiguous(
                Argument.Weights, TensorUse.Read, d.Type, d.OutChannels, d.InChannels / d.Groups, d.KernelHeight, d.KernelWidth),
            destination,
        ];
        if (d.HasBias)
        {
            tensors.Add(TensorRule.Contiguous(Argument.Bias, TensorUse.Read, d.Type, d.OutChannels));
        }

        if (d.HasResidual)
        {
            tensors.Add(destination with { Argument = Argument.Residual, Use = TensorUse.ReadInPlace });
        }

        return new ArgumentRules("convolution", [.. tensors]);
    }

    /// <summary>oneDNN's way to write a problem: mb8_g1ic64oc64_ih56oh56kh3sh1dh0ph1_iw….</summary>
    private static string Describe(ConvolutionDesc d) =>
        $"{Words.Of(d.Type)},src:{Words.Of(d.SourceLayout)} wei:{Words.Of(d.WeightsLayout)} dst:{Words.Of(d.DestinationLayout)}"
        + $"{(d.HasBias ? " bias" : "")}{(d.HasResidual ? " residual" : "")}{Words.Of(d.Activation)}"
        + $",mb{d.Batch}_g{d.Groups}ic{d.InChannels}oc{d.OutChannels}"
        + $"_ih{d.InHeight}oh{d.OutHeight}kh{d.KernelHeight}sh{d.StrideH}dh{d.DilationH - 1}ph{d.PadTop}"
        + $"_iw{d.InWidth}ow{d.OutWidth}kw{d.KernelWidth}sw{d.StrideW}dw{d.DilationW - 1}pw{d.PadLeft}";
}
