using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Convolution;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Primitives;

internal sealed class ConvolutionCase(ConvolutionDesc desc, string text) : PrimitiveCase
{
    public override string Text => text;

    public override long Work => WorkOf(desc);

    public override bool ExactOnIntegers => IsSimple(desc.Activation);

    public override IEnumerable<Role> InPlace => desc.HasResidual ? [Role.Residual] : [];

    public override IEnumerable<TensorSlot> Tensors
    {
        get
        {
            long outputs = desc.Batch * desc.OutChannels * desc.OutHeight * desc.OutWidth;
            yield return new(Role.Source, desc.Type, desc.Batch * desc.InChannels * desc.InHeight * desc.InWidth);
            yield return new(Role.Weights, desc.Type, desc.OutChannels * (desc.InChannels / desc.Groups) * desc.KernelHeight * desc.KernelWidth);
            yield return new(Role.Bias, desc.Type, desc.HasBias ? desc.OutChannels : 0);
            yield return new(Role.Residual, desc.Type, desc.HasResidual ? outputs : 0);
            yield return new(Role.Destination, desc.Type, outputs);
        }
    }

    public override void Validate() => desc.Validate();

    public override Plan Create(PlanContext context) => ConvolutionPlans.Table.Create(desc, context);

    public override IReference Reference(in Arguments arguments) => new ConvolutionReference(desc, arguments);

    public static long WorkOf(ConvolutionDesc d) => d.Batch * d.OutChannels * d.OutHeight * d.OutWidth
        * Math.Max(1, d.InChannels / d.Groups * d.KernelHeight * d.KernelWidth);

    /// <summary>A smaller image of the same kind, if the whole one takes too long: every kernel tap stays reachable.</summary>
    public static ConvolutionDesc Cropped(ConvolutionDesc desc, long work)
    {
        while (WorkOf(desc) > work)
        {
            ConvolutionDesc smaller = desc with
            {
                Batch = Math.Min(desc.Batch, 1),
                InHeight = Crop(desc.InHeight, (desc.KernelHeight - 1) * desc.DilationH + 1, desc.StrideH, desc.PadTop + desc.PadBottom),
                InWidth = Crop(desc.InWidth, (desc.KernelWidth - 1) * desc.DilationW + 1, desc.StrideW, desc.PadLeft + desc.PadRight),
            };
            if (smaller == desc)
            {
                break;
            }

            desc = smaller;
        }

        return desc;
    }

    public static ConvolutionDesc Sample(TestRandom random)
    {
        long groups = random.Of<long>(1, 1, 1, 1, 2, 3, 8), inPerGroup = random.Size(40), outPerGroup = random.Size(72);
        if (random.Chance(0.15))
        {
            (groups, inPerGroup, outPerGroup) = (random.Size(40), 1, random.Of<long>(1, 1, 2));
        }

        long kernelH = random.Of<long>(1, 1, 2, 3, 3, 5, 7), kernelW = random.Chance(0.8) ? kernelH : random.Whole(1, 5);
        long dilation = random.Of<long>(1, 1, 1, 2, 3), stride = random.Of<long>(1, 1, 2, 3);
        bool symmetric = random.Chance(0.6);
        long pad = kernelH == 1 && random.Chance(0.7) ? 0 : random.Whole(0, kernelH);
        long Pad() => symmetric ? pad : random.Whole(0, kernelH);
        var desc = new ConvolutionDesc
        {
            Type = random.Chance(0.8) ? DataType.F32 : DataType.F64,
            SourceLayout = random.Of(Layout.Nhwc, Layout.Nhwc, Layout.Nchw),
            DestinationLayout = random.Of(Layout.Nhwc, Layout.Nhwc, Layout.Nchw),
            WeightsLayout = random.Of(WeightsLayout.Oihw, WeightsLayout.Ohwi, WeightsLayout.Hwio),
            Batch = random.Of<long>(1, 1, 2, 3),
            Groups = groups,
            InChannels = groups * inPerGroup,
            OutChannels = groups * outPerGroup,
            InHeight = random.Size(24),
            InWidth = random.Size(24),
            KernelHeight = kernelH,
            KernelWidth = kernelW,
            StrideH = stride,
            StrideW = random.Chance(0.8) ? stride : random.Whole(1, 3),
            DilationH = dilation,
            DilationW = random.Chance(0.8) ? dilation : 1,
            PadTop = Pad(),
            PadBottom = Pad(),
            PadLeft = Pad(),
            PadRight = Pad(),
            HasBias = random.Chance(0.6),
            HasResidual = random.Chance(0.4),
            Activation = SampleActivation(random),
        };
        return Cropped(Fitting(desc), TestBudget.SampleWork);
    }

    /// <summary>An activation that a product's epilogue can apply.</summary>
    public static ActivationDesc SampleActivation(TestRandom random) => random.Of(
        ActivationDesc.None, ActivationDesc.None, new(Activation.Relu), new(Activation.Relu), new(Activation.LeakyRelu, 0.125f),
        new(Activation.LeakyRelu, 0.01f), new(Activation.Clip, 0, 6), new(Activation.Clip, -1.5f, 2), new(Activation.Linear, -0.5f, 1),
        new(Activation.Linear, 1.7f, -0.3f));

    /// <summary>The image is at least as large as the window.</summary>
    private static ConvolutionDesc Fitting(ConvolutionDesc d) => d with
    {
        InHeight = Math.Max(d.InHeight, (d.KernelHeight - 1) * d.DilationH + 1 - d.PadTop - d.PadBottom),
        InWidth = Math.Max(d.InWidth, (d.KernelWidth - 1) * d.DilationW + 1 - d.PadLeft - d.PadRight),
    };

    private static long Crop(long size, long window, long stride, long padding)
    {
        long least = Math.Min(size, Math.Max(1, window + stride - Math.Min(padding, window / 2)));
        return Math.Max(least, size * 3 / 4);
    }
}
