using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Binary;
using FugakuDnn.Native.Primitives.Eltwise;
using FugakuDnn.Native.Primitives.Reorder;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Primitives;

internal sealed class EltwiseCase(EltwiseDesc desc, string text) : PrimitiveCase
{
    public override string Text => text;

    public override long Work => desc.Count;

    public override bool ExactOnIntegers => IsSimple(desc.Activation);

    public override IEnumerable<Role> InPlace => [Role.Source];

    public override IEnumerable<TensorSlot> Tensors => [new(Role.Source, desc.Type, desc.Count), new(Role.Destination, desc.Type, desc.Count)];

    public override void Validate() => desc.Validate();

    public override Plan Create(PlanContext context) => EltwisePlans.Table.Create(desc, context);

    public override IReference Reference(in Arguments arguments) => new EltwiseReference(desc, arguments);

    /// <summary>Exponentials from underflow to overflow.</summary>
    public override unsafe void Adjust(TensorSlot slot, void* data, DataKind kind)
    {
        const double Widest = 100;
        var cells = new Cells(data, slot.Type);
        for (long i = 0; i < slot.Count && desc.Activation.Kind == Activation.Exp; i++)
        {
            TestData.Set(data, slot.Type, i, cells[i] * Widest);
        }
    }

    public static EltwiseDesc Sample(TestRandom random) => new(
        random.Chance(0.8) ? DataType.F32 : DataType.F64,
        random.Chance(0.3) ? new ActivationDesc(Activation.Exp) : ConvolutionCase.SampleActivation(random),
        random.Chance(0.8) ? random.Whole(0, 257) : random.Whole(0, (long)Math.Max(300, 40_000 * TestBudget.Scale)));
}

internal sealed class BinaryCase(BinaryDesc desc, string text) : PrimitiveCase
{
    public override string Text => text;

    public override long Work => desc.Sizes.Product;

    public override bool ExactOnIntegers => IsSimple(desc.Activation) && IsSimple(desc.Alpha);

    public override IEnumerable<Role> InPlace
    {
        get
        {
            if (desc.StridesA == desc.StridesC)
            {
                yield return Role.Source;
            }

            if (desc.StridesB == desc.StridesC)
            {
                yield return Role.Source1;
            }
        }
    }

    public override IEnumerable<TensorSlot> Tensors =>
    [
        new(Role.Source, desc.Type, Strided.Extent(desc.Sizes, desc.StridesA)),
        new(Role.Source1, desc.Type, Strided.Extent(desc.Sizes, desc.StridesB)),
        new(Role.Destination, desc.Type, Strided.Extent(desc.Sizes, desc.StridesC)),
    ];

    public override void Validate() => desc.Validate();

    public override Plan Create(PlanContext context) => BinaryPlans.Table.Create(desc, context);

    public override IReference Reference(in Arguments arguments) => new BinaryReference(desc, arguments);

    public static BinaryDesc Sample(TestRandom random)
    {
        Dims sizes = TestStrides.Sizes(random, (long)(20_000 * TestBudget.Scale) + 500), strides = TestStrides.Distinct(random, sizes);
        return new BinaryDesc
        {
            Type = random.Chance(0.8) ? DataType.F32 : DataType.F64,
            Kind = random.Of(BinaryKind.Add, BinaryKind.Multiply),
            Sizes = sizes,
            StridesA = random.Chance(0.5) ? strides : TestStrides.Input(random, sizes),
            StridesB = random.Chance(0.5) ? strides : TestStrides.Input(random, sizes),
            StridesC = strides,
            Alpha = random.Of(1f, 1f, -1f, 0.5f, 0.3f),
            Activation = ConvolutionCase.SampleActivation(random),
        };
    }
}

internal sealed class ReorderCase(ReorderDesc desc, string text) : PrimitiveCase
{
    public override string Text => text;

    public override long Work => desc.Sizes.Product;

    public override bool ExactOnIntegers => true;

    public override IEnumerable<TensorSlot> Tensors =>
    [
        new(Role.Source, desc.Type, Strided.Extent(desc.Sizes, desc.SourceStrides)),
        new(Role.Destination, desc.Type, Strided.Extent(desc.Sizes, desc.DestinationStrides)),
    ];

    public override void Validate() => desc.Validate();

    public override Plan Create(PlanContext context) => ReorderPlans.Table.Create(desc, context);

    public override IReference Reference(in Arguments arguments) => new ReorderReference(desc, arguments);

    public static ReorderDesc Sample(TestRandom random)
    {
        Dims sizes = TestStrides.Sizes(random, (long)(20_000 * TestBudget.Scale) + 500);
        return new ReorderDesc(
            random.Of(DataType.F32, DataType.F32, DataType.F64, DataType.S32, DataType.S64, DataType.S8, DataType.U8),
            sizes, TestStrides.Input(random, sizes), TestStrides.Distinct(random, sizes));
    }
}
