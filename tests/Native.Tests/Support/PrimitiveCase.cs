using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>Which of the pointers of <see cref="Arguments"/> a tensor is.</summary>
internal enum Role
{
    Source,
    Source1,
    Weights,
    Bias,
    Scale,
    Shift,
    Mean,
    Variance,
    Residual,
    Destination,
    Workspace,
}

/// <summary>A tensor of a problem: how many elements it spans.</summary>
internal readonly record struct TensorSlot(Role Role, DataType Type, long Count)
{
    public bool IsOutput => Role is Role.Destination or Role.Workspace;

    public long Bytes => Count * Type.Size();
}

/// <summary>A problem that can be planned, executed and compared with its reference.</summary>
internal abstract unsafe class PrimitiveCase
{
    public abstract string Text { get; }

    /// <summary>Multiplications (or elements) of one execution.</summary>
    public abstract long Work { get; }

    /// <summary>Whether small integers give exact results.</summary>
    public abstract bool ExactOnIntegers { get; }

    /// <summary>Inputs that the destination may be.</summary>
    public virtual IEnumerable<Role> InPlace => [];

    public abstract IEnumerable<TensorSlot> Tensors { get; }

    public abstract void Validate();

    public abstract Plan Create(PlanContext context);

    public abstract IReference Reference(in Arguments arguments);

    /// <summary>Makes an input's random elements ones that the primitive accepts (a variance is positive).</summary>
    public virtual void Adjust(TensorSlot slot, void* data, DataKind kind)
    {
    }

    /// <summary>Checks further outputs.</summary>
    public virtual void CheckMore(IReference reference, long output, in Arguments arguments)
    {
    }

    /// <summary>Factors that keep small integers exact.</summary>
    protected static bool IsSimple(params ReadOnlySpan<float> factors)
    {
        foreach (float factor in factors)
        {
            if (Math.Abs(factor) > 8 || factor * 8 != MathF.Round(factor * 8))
            {
                return false;
            }
        }

        return true;
    }

    protected static bool IsSimple(ActivationDesc activation) => activation.Kind switch
    {
        Activation.LeakyRelu => IsSimple(activation.Alpha),
        Activation.Linear or Activation.Clip => IsSimple(activation.Alpha, activation.Beta),
        Activation.Exp => false,
        _ => true,
    };
}

/// <summary>The pointers by role.</summary>
internal static unsafe class ArgumentsByRole
{
    public static void Set(ref this Arguments arguments, Role role, void* pointer)
    {
        switch (role)
        {
            case Role.Source: arguments.Source = pointer; break;
            case Role.Source1: arguments.Source1 = pointer; break;
            case Role.Weights: arguments.Weights = pointer; break;
            case Role.Bias: arguments.Bias = pointer; break;
            case Role.Scale: arguments.Scale = pointer; break;
            case Role.Shift: arguments.Shift = pointer; break;
            case Role.Mean: arguments.Mean = pointer; break;
            case Role.Variance: arguments.Variance = pointer; break;
            case Role.Residual: arguments.Residual = pointer; break;
            case Role.Destination: arguments.Destination = pointer; break;
            case Role.Workspace: arguments.Workspace = pointer; break;
            default: throw new ArgumentOutOfRangeException(nameof(role));
        }
    }
}
