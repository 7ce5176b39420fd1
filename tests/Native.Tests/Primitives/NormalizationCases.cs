using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.BatchNormalization;
using FugakuDnn.Native.Primitives.Softmax;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Primitives;

internal sealed class SoftmaxCase(SoftmaxDesc desc, string text) : PrimitiveCase
{
    public override string Text => text;

    public override long Work => desc.Outer * desc.Axis * desc.Inner * Math.Max(1, desc.Axis);

    public override bool ExactOnIntegers => false;

    public override IEnumerable<Role> InPlace => [Role.Source];

    public override IEnumerable<TensorSlot> Tensors => [new(Role.Source, desc.Type, Elements), new(Role.Destination, desc.Type, Elements)];

    private long Elements => desc.Outer * desc.Axis * desc.Inner;

    public override void Validate() => desc.Validate();

    public override Plan Create(PlanContext context) => SoftmaxPlans.Table.Create(desc, context);

    public override IReference Reference(in Arguments arguments) => new SoftmaxReference(desc, arguments);

    /// <summary>Spreads the logits: differences of a hundred, and offsets whose exponential would overflow.</summary>
    public override unsafe void Adjust(TensorSlot slot, void* data, DataKind kind)
    {
        var cells = new Cells(data, slot.Type);
        for (long i = 0; i < slot.Count; i++)
        {
            TestData.Set(data, slot.Type, i, cells[i] * 20 + 500);
        }
    }

    public static SoftmaxDesc Sample(TestRandom random)
    {
        long axis = random.Size(random.Chance(0.2) ? (TestBudget.Scale < 1 ? 300 : 2000) : 100), inner = random.Chance(0.6) ? 1 : random.Size(300);
        long outer = Math.Max(1, Math.Min(random.Size(20), (long)(20_000 * TestBudget.Scale) / (axis * inner)));
        return new SoftmaxDesc(random.Chance(0.8) ? DataType.F32 : DataType.F64, outer, axis, inner, random.Chance(0.5));
    }
}

internal sealed class BatchNormalizationCase(BatchNormalizationDesc desc, bool scale, bool shift, string text) : PrimitiveCase
{
    public override string Text => text;

    public override long Work => Elements;

    public override bool ExactOnIntegers => false;

    public override IEnumerable<Role> InPlace => [Role.Source];

    public override IEnumerable<TensorSlot> Tensors
    {
        get
        {
            yield return new(Role.Source, desc.Type, Elements);
            yield return new(Role.Mean, desc.Type, desc.Channels);
            yield return new(Role.Variance, desc.Type, desc.Channels);
            if (scale)
            {
                yield return new(Role.Scale, desc.Type, desc.Channels);
            }

            if (shift)
            {
                yield return new(Role.Shift, desc.Type, desc.Channels);
            }

            yield return new(Role.Destination, desc.Type, Elements);
        }
    }

    private long Elements => desc.Batch * desc.Channels * desc.Spatial;

    public override void Validate() => desc.Validate();

    public override Plan Create(PlanContext context) => BatchNormalizationPlans.Table.Create(desc, context);

    public override IReference Reference(in Arguments arguments) => new BatchNormalizationReference(desc, arguments);

    /// <summary>Variances are positive; only the source has special values.</summary>
    public override unsafe void Adjust(TensorSlot slot, void* data, DataKind kind)
    {
        var cells = new Cells(data, slot.Type);
        for (long i = 0; i < slot.Count && slot.Role != Role.Source; i++)
        {
            double value = double.IsFinite(cells[i]) ? cells[i] : 1;
            TestData.Set(data, slot.Type, i, slot.Role == Role.Variance ? Math.Abs(value) + 0.01 : value);
        }
    }

    public static BatchNormalizationCase Sample(TestRandom random)
    {
        long channels = random.Size(100);
        var desc = new BatchNormalizationDesc
        {
            Type = random.Chance(0.8) ? DataType.F32 : DataType.F64,
            Layout = random.Of(Layout.Nhwc, Layout.Nchw),
            Batch = random.Whole(1, 3),
            Channels = channels,
            Spatial = Math.Max(1, Math.Min(random.Size(300), (long)(20_000 * TestBudget.Scale) / channels)),
            Epsilon = random.Of(0, 1e-5, 0.1),
            Activation = ConvolutionCase.SampleActivation(random),
        };
        (bool scale, bool shift) = (random.Chance(0.7), random.Chance(0.7));
        return new BatchNormalizationCase(desc, scale, shift, $"{desc}, scale {scale}, shift {shift}");
    }
}
