using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Primitives.Jit;

namespace FugakuDnn.Native.Primitives.Binary;

/// <summary>
/// Addition and multiplication in generated code, wherever the elements that are neighbours in the destination are neighbours, or one
/// number, in the inputs: equal shapes in any dense order, scalars, a channel's number in NHWC and NCHW, broadcast rows.
/// </summary>
internal sealed unsafe class JitBinary : Plan
{
    private const int A = 0, B = 1, Destination = 2;

    private readonly ChainWork _work;
    private readonly bool _swapped;
    private readonly int _tensorSlot;

    private JitBinary(BinaryDesc desc, PlanContext context)
    {
        StridedDims dims = Simplify(desc);
        _swapped = dims.Innermost(A) != 1;
        var operands = new List<ChainOperand>();
        Chain chain = _swapped ? Swapped(desc, dims, operands) : Straight(desc, dims, operands);
        _tensorSlot = operands.FindIndex(operand => operand.Strides is not null);
        chain = chain.Append(desc.Activation, operands);
        _work = new ChainWork(context, chain, dims.Sizes, dims.Strides(_swapped ? B : A), dims.Strides(Destination), operands);
        Implementation = JitPlan.Name(context, "binary");
    }

    /// <inheritdoc/>
    public override string Implementation { get; }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(BinaryDesc desc, PlanContext context) =>
        JitPlan.Refuse(context, desc.Type, desc.Sizes.Product == 0) ?? JitPlan.Refuse(desc.Activation) ?? RefuseStrides(Simplify(desc));

    /// <summary>Makes the plan.</summary>
    public static Plan Create(BinaryDesc desc, PlanContext context) => new JitBinary(desc, context);

    /// <inheritdoc/>
    public override void Execute(in Arguments arguments)
    {
        void* source = _swapped ? arguments.Source1 : arguments.Source;
        Span<nint> operands = stackalloc nint[ElementwiseCall.Slots];
        operands[_tensorSlot] = (nint)(_swapped ? arguments.Source : arguments.Source1);
        _work.Run(source, arguments.Destination, operands);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _work.Dispose();
        base.Dispose(disposing);
    }

    private static StridedDims Simplify(BinaryDesc desc) => new(desc.Sizes, desc.StridesA, desc.StridesB, desc.StridesC);

    private static string? RefuseStrides(StridedDims dims) =>
        dims.Innermost(Destination) != 1 ? "destination's innermost stride must be 1"
        : dims.Innermost(A) is not (0 or 1) || dims.Innermost(B) is not (0 or 1) ? "innermost strides must be 0 or 1"
        : dims.Innermost(A) == 0 && dims.Innermost(B) == 0 ? "one input must move with the destination"
        : null;

    // a is loaded, b is the operand.
    private static Chain Straight(BinaryDesc desc, StridedDims dims, List<ChainOperand> operands)
    {
        bool moves = dims.Innermost(B) == 1;
        if (desc.Kind == BinaryKind.Multiply)
        {
            operands.Add(new ChainOperand(dims.Strides(B)));
            return Chain.Copy.Then(moves ? ChainOp.MultiplyVector : ChainOp.MultiplyScalar);
        }

        if (desc.Alpha == 1)
        {
            operands.Add(new ChainOperand(dims.Strides(B)));
            return Chain.Copy.Then(moves ? ChainOp.AddVector : ChainOp.AddScalar);
        }

        operands.Add(new ChainOperand(desc.Alpha));
        operands.Add(new ChainOperand(dims.Strides(B)));
        return Chain.Copy.Then(moves ? ChainOp.AddScaledVector : ChainOp.AddScaledScalar);
    }

    // b is loaded, a is one number a row: a·b, or a + alpha·b.
    private static Chain Swapped(BinaryDesc desc, StridedDims dims, List<ChainOperand> operands)
    {
        if (desc.Kind == BinaryKind.Multiply)
        {
            operands.Add(new ChainOperand(dims.Strides(A)));
            return Chain.Copy.Then(ChainOp.MultiplyScalar);
        }

        operands.Add(new ChainOperand(desc.Alpha));
        operands.Add(new ChainOperand(dims.Strides(A)));
        return Chain.Copy.Then(ChainOp.MulAddScalar);
    }
}
