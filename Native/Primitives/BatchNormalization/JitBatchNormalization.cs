using System.Numerics;
using Wide = System.Numerics.Vector; // our own Vector is a namespace
using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Primitives.Jit;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.BatchNormalization;

/// <summary>
/// Batch normalisation as activation(x·a + b) with a = scale / √(variance + epsilon), b = shift - mean·a computed in double and rounded once.
/// Error before the activation: at most u·(|x·a| + |b|) beside the rounding of the result, u = 2^-24.
/// </summary>
internal sealed unsafe class JitBatchNormalization : Plan
{
    private readonly BatchNormalizationDesc _desc;
    private readonly ChainWork _work;
    private readonly long _repeats;

    private JitBatchNormalization(BatchNormalizationDesc desc, PlanContext context)
    {
        _desc = desc;
        List<ChainOperand> operands = [];
        Chain chain;
        long[] sizes, strides;
        if (desc.Layout == Layout.Nhwc || desc.Spatial == 1)
        {
            // a and b are vectors; where they are short, some pixels make one row, and a and b are repeated.
            long pixels = desc.Batch * desc.Spatial;
            _repeats = Repeats(pixels, desc.Channels);
            long row = _repeats * desc.Channels;
            sizes = [pixels / _repeats, row];
            strides = [row, 1];
            operands.AddRange([new ChainOperand(0, 1), new ChainOperand(0, 1)]);
            chain = Chain.Copy.Then(ChainOp.MulAddVector);
        }
        else
        {
            _repeats = 1;
            sizes = [desc.Batch, desc.Channels, desc.Spatial];
            strides = [desc.Channels * desc.Spatial, desc.Spatial, 1];
            operands.AddRange([new ChainOperand(0, 1, 0), new ChainOperand(0, 1, 0)]);
            chain = Chain.Copy.Then(ChainOp.MulAddScalar);
        }

        _work = new ChainWork(context, chain.Append(desc.Activation, operands), sizes, strides, strides, operands);
        ScratchBytes = 2 * _repeats * desc.Channels * sizeof(float);
        Implementation = JitPlan.Name(context, "batch_normalization");
    }

    /// <inheritdoc/>
    public override string Implementation { get; }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(BatchNormalizationDesc desc, PlanContext context) =>
        JitPlan.Refuse(context, desc.Type, desc.Batch * desc.Channels * desc.Spatial == 0) ?? JitPlan.Refuse(desc.Activation);

    /// <summary>Makes the plan.</summary>
    public static Plan Create(BatchNormalizationDesc desc, PlanContext context) => new JitBatchNormalization(desc, context);

    /// <inheritdoc/>
    public override void Execute(in Arguments arguments)
    {
        using var lease = ScratchPool.Rent(arguments.Scratch is null ? ScratchBytes : 0);
        float* a = arguments.Scratch is null ? (float*)lease.Pointer : (float*)arguments.Scratch;
        float* b = a + _repeats * _desc.Channels;
        Coefficients(arguments, a, b);
        for (long i = 1; i < _repeats; i++)
        {
            long bytes = _desc.Channels * sizeof(float);
            Buffer.MemoryCopy(a, a + i * _desc.Channels, bytes, bytes);
            Buffer.MemoryCopy(b, b + i * _desc.Channels, bytes, bytes);
        }

        _work.Run(arguments.Source, arguments.Destination, (nint)a, (nint)b);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _work.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The greatest divisor of the number of pixels that keeps a joined row in the first-level cache.</summary>
    private static long Repeats(long pixels, long channels)
    {
        for (long repeats = Math.Min(pixels, ElementwiseTuning.JoinedRow / channels); repeats > 1; repeats--)
        {
            if (pixels % repeats == 0)
            {
                return repeats;
            }
        }

        return 1;
    }

    private void Coefficients(in Arguments arguments, float* a, float* b)
    {
        float* mean = (float*)arguments.Mean, variance = (float*)arguments.Variance;
        float* scale = (float*)arguments.Scale, shift = (float*)arguments.Shift;
        long channel = 0;
        int lanes = Vector<float>.Count;
        var epsilon = new Vector<double>(_desc.Epsilon);
        for (; channel + lanes <= _desc.Channels; channel += lanes)
        {
            (Vector<double> m0, Vector<double> m1) = Widen(mean, channel, 0);
            (Vector<double> v0, Vector<double> v1) = Widen(variance, channel, 0);
            (Vector<double> s0, Vector<double> s1) = Widen(scale, channel, 1);
            (Vector<double> t0, Vector<double> t1) = Widen(shift, channel, 0);
            Vector<double> a0 = s0 / Wide.SquareRoot(v0 + epsilon), a1 = s1 / Wide.SquareRoot(v1 + epsilon);
            Wide.Store(Wide.Narrow(a0, a1), a + channel);
            Wide.Store(Wide.Narrow(t0 - m0 * a0, t1 - m1 * a1), b + channel);
        }

        for (; channel < _desc.Channels; channel++)
        {
            double factor = (scale is null ? 1 : (double)scale[channel]) / Math.Sqrt(variance[channel] + _desc.Epsilon);
            a[channel] = (float)factor;
            b[channel] = (float)((shift is null ? 0 : (double)shift[channel]) - mean[channel] * factor);
        }
    }

    private static (Vector<double> Low, Vector<double> High) Widen(float* values, long at, double otherwise)
    {
        if (values is null)
        {
            return (new Vector<double>(otherwise), new Vector<double>(otherwise));
        }

        Wide.Widen(Wide.Load(values + at), out Vector<double> low, out Vector<double> high);
        return (low, high);
    }
}
