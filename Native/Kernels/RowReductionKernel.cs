using System.Runtime.InteropServices;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>What a row is reduced to.</summary>
internal enum RowReduction
{
    /// <summary>Σ x.</summary>
    Sum,

    /// <summary>max x, NaN if one is.</summary>
    Max,

    /// <summary>Σ x / divisor.</summary>
    Mean,
}

/// <summary>Argument of <see cref="RowReductionKernel"/>: dense rows, one result each.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RowReductionCall
{
    /// <summary>First row.</summary>
    public void* Source;

    /// <summary>A float a row.</summary>
    public void* Destination;

    /// <summary>Rows; 1 or more.</summary>
    public long Rows;

    /// <summary>Elements of a row; 0 or more.</summary>
    public long Count;

    /// <summary>What a mean divides by.</summary>
    public DivisorPair Divisor;

    internal const int SourceAt = 0, DestinationAt = 8, RowsAt = 16, CountAt = 24, DivisorAt = 32;
}

/// <summary>Reduces rows: <c>void f(RowReductionCall*)</c>. Four accumulators; an empty row gives 0 or -∞.</summary>
internal static class RowReductionKernel
{
    private const int Accumulators = 4;

    /// <summary>Generates the kernel.</summary>
    public static void Generate(RowReduction kind, VectorAssembler a)
    {
        Gpr call = a.Argument(0);
        Gpr source = a.NewGpr(call, RowReductionCall.SourceAt);
        Gpr destination = a.NewGpr(call, RowReductionCall.DestinationAt);
        Gpr count = a.NewGpr();
        Gpr rows = a.NewGpr(call, RowReductionCall.RowsAt);
        bool max = kind == RowReduction.Max;
        a.Repeat(rows, () =>
        {
            Vec[] parts = a.NewVecs(Accumulators);
            foreach (Vec part in parts)
            {
                a.Broadcast(part, max ? float.NegativeInfinity : 0);
            }

            a.LoadGpr(count, call, RowReductionCall.CountAt);
            a.ForEach(count, [Accumulators], [source], (vectors, mask) => Accumulate(a, source, parts, vectors, mask, max));
            Vec total = max ? Greatest(a, parts) : a.Total(parts);
            if (kind == RowReduction.Mean)
            {
                ConstantDivision.Emit(a, call, RowReductionCall.DivisorAt, [total]);
            }

            a.StoreLane0(total, destination);
            a.Free(total);
            a.AddImmediate(destination, destination, VectorLoop.ElementBytes);
        });
        a.Return();
    }

    /// <summary>Frees all but one register, every lane of which holds the sum of all lanes.</summary>
    internal static Vec Total(this VectorAssembler a, Vec[] parts)
    {
        for (int distance = 1; distance < parts.Length; distance *= 2)
        {
            for (int i = 0; i + distance < parts.Length; i += 2 * distance)
            {
                a.Add(parts[i], parts[i], parts[i + distance]);
            }
        }

        Vec lane = a.NewVec();
        a.ReduceAdd(lane, parts[0]);
        a.BroadcastLane0(parts[0], lane);
        a.Free(lane);
        a.Free(parts.AsSpan(1));
        return parts[0];
    }

    private static Vec Greatest(VectorAssembler a, Vec[] parts)
    {
        a.Max(parts[0], parts[0], parts[1]);
        a.Max(parts[2], parts[2], parts[3]);
        a.Max(parts[0], parts[0], parts[2]);
        a.ReduceMax(parts[1], parts[0]);
        a.Copy(parts[0], parts[1]);
        a.Free(parts.AsSpan(1));
        return parts[0];
    }

    private static void Accumulate(VectorAssembler a, Gpr source, Vec[] parts, int vectors, Mask mask, bool max)
    {
        Vec x = a.NewVec();
        for (int i = 0; i < vectors; i++)
        {
            a.Load(x, source, i * a.VectorBytes, mask);
            if (!max)
            {
                // Lanes that the mask leaves out are zero.
                a.Add(parts[i], parts[i], x);
                continue;
            }

            if (!mask.IsAll)
            {
                Vec least = a.NewVec();
                a.Broadcast(least, float.NegativeInfinity);
                a.Select(x, mask, x, least);
                a.Free(least);
            }

            a.Max(parts[i], parts[i], x);
        }

        a.Free(x);
    }
}
