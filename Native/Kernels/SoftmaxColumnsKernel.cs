using System.Runtime.InteropServices;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>Argument of <see cref="SoftmaxColumnsKernel"/>: a matrix whose columns are normalised.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SoftmaxColumnsCall
{
    /// <summary>First element of the first column.</summary>
    public void* Source;

    /// <summary>Where it goes; may be the source.</summary>
    public void* Destination;

    /// <summary>Columns; 0 or more.</summary>
    public long Columns;

    /// <summary>Elements of a column; 1 or more.</summary>
    public long Axis;

    /// <summary>Bytes between the elements of a column.</summary>
    public long Stride;

    /// <summary><see cref="Exponential.Constants"/>.</summary>
    public void* Constants;

    /// <summary>A float a column, if sums only.</summary>
    public void* Maxima;

    /// <summary>A float a column, if sums only.</summary>
    public void* Sums;

    internal const int SourceAt = 0, DestinationAt = 8, ColumnsAt = 16, AxisAt = 24, StrideAt = 32, ConstantsAt = 40, MaximaAt = 48, SumsAt = 56;
}

/// <summary>
/// Softmax down the columns of a matrix, a vector of neighbouring columns at a time: <c>void f(SoftmaxColumnsCall*)</c>. The passes are those of
/// <see cref="SoftmaxRowsKernel"/>, without anything across lanes.
/// </summary>
internal static class SoftmaxColumnsKernel
{
    /// <summary>Generates the kernel; with <paramref name="sumsOnly"/> it writes only maxima and Σ e^(x - maximum), which log-softmax starts from.</summary>
    public static void Generate(bool sumsOnly, VectorAssembler a)
    {
        Gpr call = a.Argument(0);
        Gpr source = a.NewGpr(call, SoftmaxColumnsCall.SourceAt);
        Gpr first = a.NewGpr(call, sumsOnly ? SoftmaxColumnsCall.MaximaAt : SoftmaxColumnsCall.DestinationAt);
        Gpr second = a.NewGpr(call, SoftmaxColumnsCall.SumsAt);
        Gpr constants = a.NewGpr(call, SoftmaxColumnsCall.ConstantsAt);
        Gpr stride = a.NewGpr(call, SoftmaxColumnsCall.StrideAt);
        Gpr columns = a.NewGpr(call, SoftmaxColumnsCall.ColumnsAt);

        // Live in the second pass: maximum and sum a vector, and what e^x takes (x, n, p a vector and three more).
        int unroll = Math.Clamp((a.VectorRegisters - 3) / 5, 1, 4);
        Gpr[] moving = sumsOnly ? [source, first, second] : [source, first];
        a.ForEach(columns, [unroll], moving, (vectors, mask) =>
        {
            Vec[] maximum = Maximum(a, call, source, stride, vectors, mask);
            Vec[] sum = Sum(a, call, source, sumsOnly ? null : first, stride, constants, maximum, mask);
            if (sumsOnly)
            {
                for (int i = 0; i < vectors; i++)
                {
                    a.Store(maximum[i], first, i * a.VectorBytes, mask);
                    a.Store(sum[i], second, i * a.VectorBytes, mask);
                }
            }
            else
            {
                Scale(a, call, first, stride, sum, mask);
            }

            a.Free(maximum);
            a.Free(sum);
        });
        a.Return();
    }

    private static Vec[] Maximum(VectorAssembler a, Gpr call, Gpr source, Gpr stride, int vectors, Mask mask)
    {
        Vec[] best = a.NewVecs(vectors);
        foreach (Vec register in best)
        {
            a.Broadcast(register, float.NegativeInfinity);
        }

        DownColumns(a, call, [source], stride, pointers =>
        {
            Vec x = a.NewVec();
            for (int i = 0; i < vectors; i++)
            {
                a.Load(x, pointers[0], i * a.VectorBytes, mask);
                a.Max(best[i], best[i], x);
            }

            a.Free(x);
        });
        return best;
    }

    private static Vec[] Sum(
        VectorAssembler a, Gpr call, Gpr source, Gpr? destination, Gpr stride, Gpr constants, Vec[] maximum, Mask mask)
    {
        Vec[] sums = a.NewVecs(maximum.Length);
        foreach (Vec sum in sums)
        {
            a.Zero(sum);
        }

        DownColumns(a, call, destination is { } d ? [source, d] : [source], stride, pointers =>
        {
            Vec[] x = a.NewVecs(sums.Length);
            for (int i = 0; i < x.Length; i++)
            {
                a.Load(x[i], pointers[0], i * a.VectorBytes, mask);
                a.Subtract(x[i], x[i], maximum[i]);
            }

            Exponential.Emit(a, constants, x);
            for (int i = 0; i < x.Length; i++)
            {
                a.Add(sums[i], sums[i], x[i]);
                if (destination is not null)
                {
                    a.Store(x[i], pointers[1], i * a.VectorBytes, mask);
                }
            }

            a.Free(x);
        });
        return sums;
    }

    private static void Scale(VectorAssembler a, Gpr call, Gpr destination, Gpr stride, Vec[] sums, Mask mask)
    {
        Vec x = a.NewVec();
        foreach (Vec sum in sums)
        {
            a.Broadcast(x, 1);
            a.Divide(sum, x, sum);
        }

        DownColumns(a, call, [destination], stride, pointers =>
        {
            for (int i = 0; i < sums.Length; i++)
            {
                a.Load(x, pointers[0], i * a.VectorBytes, mask);
                a.Multiply(x, x, sums[i]);
                a.Store(x, pointers[0], i * a.VectorBytes, mask);
            }
        });
        a.Free(x);
    }

    private static void DownColumns(VectorAssembler a, Gpr call, Gpr[] tops, Gpr stride, Action<Gpr[]> body)
    {
        Gpr axis = a.NewGpr(call, SoftmaxColumnsCall.AxisAt);
        Gpr[] pointers = Array.ConvertAll(tops, top =>
        {
            Gpr pointer = a.NewGpr();
            a.Move(pointer, top);
            return pointer;
        });
        a.Repeat(axis, () =>
        {
            body(pointers);
            foreach (Gpr pointer in pointers)
            {
                a.Add(pointer, stride);
            }
        });
        VectorLoop.Free(a, pointers.AsSpan());
        a.Free(axis);
    }
}
