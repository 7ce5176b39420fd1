using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Pooling;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Primitives;

internal sealed unsafe class PoolingCase(PoolingDesc desc, string text) : PrimitiveCase
{
    public override string Text => text;

    public override long Work => Outputs * desc.KernelHeight * desc.KernelWidth;

    public override bool ExactOnIntegers => desc.Kind == PoolingKind.Max; // a mean is divided, or multiplied by a rounded reciprocal

    public override IEnumerable<TensorSlot> Tensors =>
    [
        new(Role.Source, desc.Type, desc.Batch * desc.Channels * desc.InHeight * desc.InWidth),
        new(Role.Destination, desc.Type, Outputs),
        new(Role.Workspace, DataType.S64, desc.HasIndices ? Outputs : 0),
    ];

    private long Outputs => desc.Batch * desc.Channels * desc.OutHeight * desc.OutWidth;

    public override void Validate() => desc.Validate();

    public override Plan Create(PlanContext context) => PoolingPlans.Table.Create(desc, context);

    public override IReference Reference(in Arguments arguments) => new PoolingReference(desc, arguments);

    public override void CheckMore(IReference reference, long output, in Arguments arguments)
    {
        if (desc.HasIndices)
        {
            long expected = ((PoolingReference)reference).Index(output), actual = ((long*)arguments.Workspace)[output];
            if (actual != expected)
            {
                throw new InvalidOperationException($"index {output} must be {expected}, is {actual}");
            }
        }
    }

    public static PoolingDesc Sample(TestRandom random)
    {
        PoolingKind kind = random.Of(PoolingKind.Max, PoolingKind.AverageIncludePadding, PoolingKind.AverageExcludePadding);
        long kernelH = random.Whole(1, 5), kernelW = random.Chance(0.7) ? kernelH : random.Whole(1, 5), dilation = random.Of<long>(1, 1, 1, 2);
        long Pad(long kernel) => random.Whole(0, ((kernel - 1) * dilation + 1) / 2);
        var desc = new PoolingDesc
        {
            Type = random.Chance(0.8) ? DataType.F32 : DataType.F64,
            Kind = kind,
            Layout = random.Of(Layout.Nhwc, Layout.Nchw),
            Batch = random.Whole(1, 3),
            Channels = random.Size(70),
            InHeight = random.Size(20),
            InWidth = random.Size(20),
            KernelHeight = kernelH,
            KernelWidth = kernelW,
            StrideH = random.Whole(1, 3),
            StrideW = random.Whole(1, 3),
            DilationH = dilation,
            DilationW = dilation,
            PadTop = Pad(kernelH),
            PadBottom = Pad(kernelH),
            PadLeft = Pad(kernelW),
            PadRight = Pad(kernelW),
            HasIndices = kind == PoolingKind.Max && random.Chance(0.5),
        };
        if (random.Chance(0.15))
        {
            desc = desc with { KernelHeight = desc.InHeight, KernelWidth = desc.InWidth, PadTop = 0, PadBottom = 0, PadLeft = 0, PadRight = 0, DilationH = 1, DilationW = 1 };
        }

        if (TestBudget.Scale < 1)
        {
            desc = desc with { Batch = 1, Channels = Math.Min(desc.Channels, 35) };
        }

        return ProblemDescriptors.WithOutputs(desc, random.Chance(0.4));
    }
}
