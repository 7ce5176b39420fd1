using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FugakuDnn.Native.Kernels.Portable;

/// <summary>
/// c[r][j] += Σ_k a[r][k·step] · b[k·ldb + j]: rows are broadcast, columns are vectors. Each element's terms are added in the order
/// of k, whatever the width of the vectors and the number of rows, so a result does not depend on how the work was cut.
/// </summary>
internal static unsafe class ProductTile<T>
    where T : unmanaged
{
    /// <summary>Columns are processed in multiples of this; accumulators and b must have that many.</summary>
    public static int Width => Vector256.IsHardwareAccelerated ? Vector256<T>.Count : Vector128<T>.Count;

    /// <summary>Adds <paramref name="k"/> terms to <paramref name="rows"/> × <paramref name="columns"/> sums.</summary>
    public static void Accumulate(T** a, T** c, long rows, long step, T* b, long ldb, long k, int columns)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            Accumulate<Lanes256<T>>(a, c, rows, step, b, ldb, k, columns);
        }
        else
        {
            Accumulate<Lanes128<T>>(a, c, rows, step, b, ldb, k, columns);
        }
    }

    private static void Accumulate<TLanes>(T** a, T** c, long rows, long step, T* b, long ldb, long k, int columns)
        where TLanes : unmanaged, ILanes<TLanes, T>
    {
        int j = 0;
        for (; j + 2 * TLanes.Count <= columns; j += 2 * TLanes.Count)
        {
            long r = 0;
            for (; r + 4 <= rows; r += 4)
            {
                FourByTwo<TLanes>(a + r, c + r, j, step, b + j, ldb, k);
            }

            for (; r < rows; r++)
            {
                OneByTwo<TLanes>(a[r], c[r] + j, step, b + j, ldb, k);
            }
        }

        for (; j < columns; j += TLanes.Count)
        {
            for (long r = 0; r < rows; r++)
            {
                OneByOne<TLanes>(a[r], c[r] + j, step, b + j, ldb, k);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo<TLanes>(T** a, T** c, int j, long step, T* b, long ldb, long k)
        where TLanes : unmanaged, ILanes<TLanes, T>
    {
        int width = TLanes.Count;
        T* a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
        T* c0 = c[0] + j, c1 = c[1] + j, c2 = c[2] + j, c3 = c[3] + j;
        TLanes s00 = TLanes.Load(c0), s01 = TLanes.Load(c0 + width), s10 = TLanes.Load(c1), s11 = TLanes.Load(c1 + width);
        TLanes s20 = TLanes.Load(c2), s21 = TLanes.Load(c2 + width), s30 = TLanes.Load(c3), s31 = TLanes.Load(c3 + width);
        for (long i = 0, at = 0; i < k; i++, at += step, b += ldb)
        {
            TLanes b0 = TLanes.Load(b), b1 = TLanes.Load(b + width);
            TLanes x = TLanes.Broadcast(a0[at]);
            s00 = TLanes.MultiplyAdd(x, b0, s00);
            s01 = TLanes.MultiplyAdd(x, b1, s01);
            x = TLanes.Broadcast(a1[at]);
            s10 = TLanes.MultiplyAdd(x, b0, s10);
            s11 = TLanes.MultiplyAdd(x, b1, s11);
            x = TLanes.Broadcast(a2[at]);
            s20 = TLanes.MultiplyAdd(x, b0, s20);
            s21 = TLanes.MultiplyAdd(x, b1, s21);
            x = TLanes.Broadcast(a3[at]);
            s30 = TLanes.MultiplyAdd(x, b0, s30);
            s31 = TLanes.MultiplyAdd(x, b1, s31);
        }

        TLanes.Store(s00, c0);
        TLanes.Store(s01, c0 + width);
        TLanes.Store(s10, c1);
        TLanes.Store(s11, c1 + width);
        TLanes.Store(s20, c2);
        TLanes.Store(s21, c2 + width);
        TLanes.Store(s30, c3);
        TLanes.Store(s31, c3 + width);
    }

    private static void OneByTwo<TLanes>(T* a, T* c, long step, T* b, long ldb, long k)
        where TLanes : unmanaged, ILanes<TLanes, T>
    {
        int width = TLanes.Count;
        TLanes s0 = TLanes.Load(c), s1 = TLanes.Load(c + width);
        for (long i = 0; i < k; i++, a += step, b += ldb)
        {
            TLanes x = TLanes.Broadcast(*a);
            s0 = TLanes.MultiplyAdd(x, TLanes.Load(b), s0);
            s1 = TLanes.MultiplyAdd(x, TLanes.Load(b + width), s1);
        }

        TLanes.Store(s0, c);
        TLanes.Store(s1, c + width);
    }

    private static void OneByOne<TLanes>(T* a, T* c, long step, T* b, long ldb, long k)
        where TLanes : unmanaged, ILanes<TLanes, T>
    {
        TLanes s = TLanes.Load(c);
        for (long i = 0; i < k; i++, a += step, b += ldb)
        {
            s = TLanes.MultiplyAdd(TLanes.Broadcast(*a), TLanes.Load(b), s);
        }

        TLanes.Store(s, c);
    }
}
