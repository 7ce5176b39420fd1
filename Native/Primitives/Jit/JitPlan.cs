using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Primitives.Jit;

/// <summary>What plans with generated elementwise code share: names, refusals, and activations as chains.</summary>
internal static class JitPlan
{
    /// <summary>Name of an implementation, as <c>jit:avx2:softmax</c>.</summary>
    public static string Name(PlanContext context, string kernel) => $"jit:{context.Isa.ToString().ToLowerInvariant()}:{kernel}";

    /// <summary>The reasons that hold for every primitive, or null.</summary>
    public static string? Refuse(PlanContext context, DataType type, bool empty) =>
        !VectorAssemblers.Exists(context.Isa) ? $"{context.Isa} has no code generator"
        : type != DataType.F32 ? "data type must be f32"
        : empty ? "empty"
        : null;

    /// <summary>Null where generated code gives the activation its meaning; bounds that are NaN need more than it does.</summary>
    public static string? Refuse(ActivationDesc activation) =>
        activation.Kind == Activation.Clip && (float.IsNaN(activation.Alpha) || float.IsNaN(activation.Beta)) ? "clip bounds must not be NaN" : null;

    /// <summary>Appends an activation to a chain, and its parameters to the operands.</summary>
    public static Chain Append(this Chain chain, ActivationDesc activation, List<ChainOperand> operands)
    {
        (ChainOp op, int parameters) = activation.Kind switch
        {
            Activation.Relu => (ChainOp.Relu, 0),
            Activation.LeakyRelu => (ChainOp.LeakyRelu, 1),
            Activation.Clip => (ChainOp.Clip, 2),
            Activation.Linear => (ChainOp.MulAddScalar, 2),
            Activation.Exp => (ChainOp.Exp, 0),
            _ => (ChainOp.None, 0),
        };
        if (parameters > 0)
        {
            operands.Add(new ChainOperand(activation.Alpha));
        }

        if (parameters > 1)
        {
            operands.Add(new ChainOperand(activation.Beta));
        }

        return chain.Then(op);
    }
}
