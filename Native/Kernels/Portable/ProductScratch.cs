using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Kernels.Portable;

/// <summary>What one thread needs to compute a piece of a product, laid out in its part of the scratch memory.</summary>
internal readonly unsafe struct ProductScratch<T>
    where T : unmanaged
{
    /// <summary>Columns of a full piece.</summary>
    public static int Columns => PortableBlocks.ColumnBytes / sizeof(T);

    /// <summary>Bytes a thread needs, a multiple of the scratch memory's alignment.</summary>
    public static long BytesPerThread(bool widensA) => Shapes.RoundUp(
        (long)sizeof(T) * Columns * (PortableBlocks.Rows + PortableBlocks.Depth)
        + 3 * sizeof(void*) * PortableBlocks.Rows
        + (widensA ? (long)sizeof(T) * PortableBlocks.Rows * PortableBlocks.Depth : 0), 256);

    public ProductScratch(void* start)
    {
        Sums = (T*)start;
        Slice = Sums + PortableBlocks.Rows * Columns;
        A = (T**)(Slice + PortableBlocks.Depth * Columns);
        C = A + PortableBlocks.Rows;
        Offsets = (long*)(C + PortableBlocks.Rows);
        WideA = (T*)(Offsets + PortableBlocks.Rows);
    }

    /// <summary>Accumulators, rows × <see cref="Columns"/>.</summary>
    public T* Sums { get; }

    /// <summary>A slice of B, depth × <see cref="Columns"/>, columns beyond the matrix zero.</summary>
    public T* Slice { get; }

    /// <summary>Rows of A that take part.</summary>
    public T** A { get; }

    /// <summary>Accumulators of those rows.</summary>
    public T** C { get; }

    /// <summary>One number a row, for the caller.</summary>
    public long* Offsets { get; }

    /// <summary>A slice of A in the accumulators' type, rows × depth.</summary>
    public T* WideA { get; }

    /// <summary>Copies B[i·stepK + j·stepN], i below <paramref name="k"/> and j below <paramref name="n"/>, into <see cref="Slice"/>.</summary>
    public void CopySlice(T* b, long stepK, long stepN, long k, int n)
    {
        if (stepN == 1)
        {
            for (long i = 0; i < k; i++)
            {
                Buffer.MemoryCopy(b + i * stepK, Slice + i * Columns, n * sizeof(T), n * sizeof(T));
            }
        }
        else
        {
            for (int j = 0; j < n; j++)
            {
                T* column = b + j * stepN;
                for (long i = 0; i < k; i++)
                {
                    Slice[i * Columns + j] = column[i * stepK];
                }
            }
        }

        PadSlice(k, n);
    }

    /// <summary>Zeroes the columns from <paramref name="n"/> up to the next multiple of the vector's width.</summary>
    public void PadSlice(long k, int n)
    {
        int padded = Padded(n);
        for (long i = 0; i < k; i++)
        {
            new Span<T>(Slice + i * Columns + n, padded - n).Clear();
        }
    }

    /// <summary>Columns that the kernel computes for <paramref name="n"/> columns.</summary>
    public static int Padded(int n) => (n + ProductTile<T>.Width - 1) / ProductTile<T>.Width * ProductTile<T>.Width;
}
