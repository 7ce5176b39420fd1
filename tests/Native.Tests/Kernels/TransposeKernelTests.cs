using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;

namespace FugakuDnn.Native.Tests.Kernels;

/// <summary>Transposition of every small shape between guard pages, and of shapes with strides.</summary>
public sealed unsafe class TransposeKernelTests
{
    public static TheoryData<Isa> All => Isas.Generated;

    [Theory, MemberData(nameof(All))]
    public void Every_shape_up_to_two_tiles_and_a_rest(Isa isa)
    {
        using TestKernel kernel = new(isa, TransposeKernel.Generate);
        int most = 2 * kernel.Lanes + 2;
        using TailBuffer source = new(most * most), destination = new(most * most);
        for (int rows = 1; rows <= most; rows++)
        {
            for (int columns = 1; columns <= most; columns++)
            {
                Check(kernel, source, destination, rows, columns);
            }
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Long_and_narrow(Isa isa)
    {
        using TestKernel kernel = new(isa, TransposeKernel.Generate);
        using TailBuffer source = new(300 * 20), destination = new(300 * 20);
        for (int length = 1; length <= Lengths.Most; length++)
        {
            Check(kernel, source, destination, length, 3);
            Check(kernel, source, destination, 3, length);
            Check(kernel, source, destination, length, 17);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Bits_are_kept_and_strides_respected(Isa isa)
    {
        const int Rows = 21, Columns = 37, SourceStride = 50, DestinationStride = 30;
        using TestKernel kernel = new(isa, TransposeKernel.Generate);
        var x = new uint[Rows * SourceStride];
        var y = new uint[Columns * DestinationStride];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = 0x7F80_0001u + (uint)i * 2654435761u;
        }

        Array.Fill(y, 7u);
        fixed (uint* px = x, py = y)
        {
            kernel.Run(new TransposeCall
            {
                Source = px, Destination = py, Rows = Rows, Columns = Columns, SourceStride = 4 * SourceStride, DestinationStride = 4 * DestinationStride,
            });
        }

        for (int i = 0; i < y.Length; i++)
        {
            (int column, int row) = Math.DivRem(i, DestinationStride);
            Assert.Equal(row < Rows ? x[row * SourceStride + column] : 7u, y[i]);
        }
    }

    private static void Check(TestKernel kernel, TailBuffer source, TailBuffer destination, int rows, int columns)
    {
        float[] x = [.. Enumerable.Range(1, rows * columns).Select(i => (float)i)];
        float* y = destination.Last(x.Length);
        new Span<float>(y, x.Length).Clear();
        kernel.Run(new TransposeCall
        {
            Source = source.Fill(x), Destination = y, Rows = rows, Columns = columns, SourceStride = 4 * columns, DestinationStride = 4 * rows,
        });
        for (int i = 0; i < x.Length; i++)
        {
            if (x[i] != y[i % columns * rows + i / columns])
            {
                Assert.Fail($"{rows} × {columns}: element {i}");
            }
        }
    }
}
