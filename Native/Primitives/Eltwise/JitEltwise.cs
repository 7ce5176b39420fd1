using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Primitives.Jit;

namespace FugakuDnn.Native.Primitives.Eltwise;

/// <summary>Elementwise functions in generated code; one kernel a function, for every length.</summary>
internal sealed unsafe class JitEltwise : Plan
{
    private readonly ChainWork _work;

    private JitEltwise(EltwiseDesc desc, PlanContext context)
    {
        var operands = new List<ChainOperand>();
        Chain chain = Chain.Copy.Append(desc.Activation, operands);
        _work = new ChainWork(context, chain, [desc.Count], [1], [1], operands);
        Implementation = JitPlan.Name(context, "eltwise");
    }

    /// <inheritdoc/>
    public override string Implementation { get; }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(EltwiseDesc desc, PlanContext context) =>
        JitPlan.Refuse(context, desc.Type, desc.Count == 0) ?? JitPlan.Refuse(desc.Activation);

    /// <summary>Makes the plan.</summary>
    public static Plan Create(EltwiseDesc desc, PlanContext context) => new JitEltwise(desc, context);

    /// <inheritdoc/>
    public override void Execute(in Arguments arguments) => _work.Run(arguments.Source, arguments.Destination);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _work.Dispose();
        base.Dispose(disposing);
    }
}
