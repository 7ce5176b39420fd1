using System.Runtime.InteropServices;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>Argument of <see cref="SoftmaxRowsKernel"/>: dense rows.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SoftmaxRowsCall
{
    /// <summary>First row.</summary>
    public void* Source;

    /// <summary>Where it goes; may be the source.</summary>
    public void* Destination;

    /// <summary>Rows; 1 or more.</summary>
    public long Rows;

    /// <summary>Elements of a row; 1 or more.</summary>
    public long Count;

    /// <summary><see cref="Exponential.Constants"/>.</summary>
    public void* Constants;

    /// <summary>A float a row, if sums only.</summary>
    public void* Maxima;

    /// <summary>A float a row, if sums only.</summary>
    public void* Sums;

    internal const int SourceAt = 0, DestinationAt = 8, RowsAt = 16, CountAt = 24, ConstantsAt = 32, MaximaAt = 40, SumsAt = 48;
}

/// <summary>
/// Softmax of rows whose elements are neighbours: <c>void f(SoftmaxRowsCall*)</c>. Three passes while a row is near: maximum; e^(x - maximum), which is
/// stored, and its sum; product with 1 / sum. A NaN in the row reaches all of it through the maximum.
/// </summary>
internal static class SoftmaxRowsKernel
{
    /// <summary>Generates the kernel; with <paramref name="sumsOnly"/> it writes only maxima and Σ e^(x - maximum), which log-softmax starts from.</summary>
    public static void Generate(bool sumsOnly, VectorAssembler a)
    {
        Gpr call = a.Argument(0);
        Gpr source = a.NewGpr(call, SoftmaxRowsCall.SourceAt);
        Gpr destination = a.NewGpr(call, sumsOnly ? SoftmaxRowsCall.MaximaAt : SoftmaxRowsCall.DestinationAt);
        Gpr sums = a.NewGpr(call, SoftmaxRowsCall.SumsAt);
        Gpr constants = a.NewGpr(call, SoftmaxRowsCall.ConstantsAt);
        Gpr rows = a.NewGpr(call, SoftmaxRowsCall.RowsAt);
        a.Repeat(rows, () =>
        {
            Vec maximum = Maximum(a, call, source);
            if (sumsOnly)
            {
                a.StoreLane0(maximum, destination);
                Vec sum = Sum(a, call, source, null, constants, maximum);
                a.StoreLane0(sum, sums);
                a.Free(sum);
                a.AddImmediate(destination, destination, VectorLoop.ElementBytes);
                a.AddImmediate(sums, sums, VectorLoop.ElementBytes);
            }
            else
            {
                Vec sum = Sum(a, call, source, destination, constants, maximum);
                Scale(a, call, destination, sum);
                a.Free(sum);
            }

            a.Free(maximum);
            NextRow(a, call, sumsOnly ? [source] : [source, destination]);
        });
        a.Return();
    }

    private static Vec Maximum(VectorAssembler a, Gpr call, Gpr source)
    {
        Vec[] best = a.NewVecs(4);
        foreach (Vec register in best)
        {
            a.Broadcast(register, float.NegativeInfinity);
        }

        Pass(a, call, [source], best.Length, (pointers, vectors, mask) =>
        {
            Vec x = a.NewVec();
            for (int i = 0; i < vectors; i++)
            {
                a.Load(x, pointers[0], i * a.VectorBytes, mask);
                if (!mask.IsAll)
                {
                    Vec least = a.NewVec();
                    a.Broadcast(least, float.NegativeInfinity);
                    a.Select(x, mask, x, least);
                    a.Free(least);
                }

                a.Max(best[i], best[i], x);
            }

            a.Free(x);
        });
        a.Max(best[0], best[0], best[1]);
        a.Max(best[2], best[2], best[3]);
        a.Max(best[0], best[0], best[2]);
        a.ReduceMax(best[1], best[0]);
        a.BroadcastLane0(best[0], best[1]);
        a.Free(best.AsSpan(1));
        return best[0];
    }

    private static Vec Sum(VectorAssembler a, Gpr call, Gpr source, Gpr? destination, Gpr constants, Vec maximum)
    {
        // Live: maximum, one sum a vector, and what e^x takes (x, n, p a vector and three more).
        Vec[] sums = a.NewVecs(Math.Clamp((a.VectorRegisters - 4) / 4, 1, 4));
        foreach (Vec sum in sums)
        {
            a.Zero(sum);
        }

        Pass(a, call, destination is { } d ? [source, d] : [source], sums.Length, (pointers, vectors, mask) =>
        {
            Vec[] x = a.NewVecs(vectors);
            for (int i = 0; i < vectors; i++)
            {
                a.Load(x[i], pointers[0], i * a.VectorBytes, mask);
                a.Subtract(x[i], x[i], maximum);
            }

            Exponential.Emit(a, constants, x);
            for (int i = 0; i < vectors; i++)
            {
                if (destination is not null)
                {
                    a.Store(x[i], pointers[1], i * a.VectorBytes, mask);
                }

                if (!mask.IsAll)
                {
                    Vec nothing = a.NewVec();
                    a.Zero(nothing);
                    a.Select(x[i], mask, x[i], nothing);
                    a.Free(nothing);
                }

                a.Add(sums[i], sums[i], x[i]);
            }

            a.Free(x);
        });
        return a.Total(sums);
    }

    private static void Scale(VectorAssembler a, Gpr call, Gpr destination, Vec sum)
    {
        Vec one = a.NewVec();
        a.Broadcast(one, 1);
        a.Divide(one, one, sum);
        a.BroadcastLane0(sum, one);
        a.Free(one);
        Pass(a, call, [destination], 4, (pointers, vectors, mask) =>
        {
            Vec x = a.NewVec();
            for (int i = 0; i < vectors; i++)
            {
                a.Load(x, pointers[0], i * a.VectorBytes, mask);
                a.Multiply(x, x, sum);
                a.Store(x, pointers[0], i * a.VectorBytes, mask);
            }

            a.Free(x);
        });
    }

    /// <summary>One pass over a row, which leaves the row's pointers where they are.</summary>
    private static void Pass(VectorAssembler a, Gpr call, Gpr[] row, int unroll, Action<Gpr[], int, Mask> body)
    {
        Gpr count = a.NewGpr(call, SoftmaxRowsCall.CountAt);
        Gpr[] pointers = Array.ConvertAll(row, start =>
        {
            Gpr pointer = a.NewGpr();
            a.Move(pointer, start);
            return pointer;
        });
        a.ForEach(count, [unroll], pointers, (vectors, mask) => body(pointers, vectors, mask));
        VectorLoop.Free(a, pointers.AsSpan());
        a.Free(count);
    }

    private static void NextRow(VectorAssembler a, Gpr call, Gpr[] pointers)
    {
        Gpr bytes = a.NewGpr(call, SoftmaxRowsCall.CountAt);
        a.ShiftLeft(bytes, 2);
        foreach (Gpr pointer in pointers)
        {
            a.Add(pointer, bytes);
        }

        a.Free(bytes);
    }
}
