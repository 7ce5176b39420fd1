using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Convolution;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Primitives.Pooling;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Primitives;

/// <summary>
/// Problems of billions of columns, rows or pixels are planned, though nobody has the memory to execute them, and with little managed
/// memory: a table for each of their blocks would exhaust the small heap that the library reserves.
/// </summary>
public sealed class HugeProblemTests
{
    private const long MostBytes = 64 << 20;

    public static IEnumerable<TheoryDataRow<Isa, string>> Problems =>
        from isa in Isas.Generated
        from line in (string[])[
            "conv mb=1 ic=1 ih=1 oc=2147483647 kh=1", "conv mb=1 ic=1 ih=2147483647 iw=1 oc=1 kh=1", "conv mb=1 ic=1 ih=1 iw=2147483647 oc=1 kh=1",
            "conv mb=1 ic=1 ih=2147483647 iw=1 oc=1 kh=3 kw=1 bias=0", "conv mb=1 ic=1 ih=46340 oc=1 kh=1 bias=0 stag=nchw dtag=nchw",
            "conv mb=1 ic=2147483647 ih=1 oc=1 kh=1", "conv mb=1 ic=2 ih=2 oc=2147483646 g=2 kh=1", "gemm m=1 n=2147483648 k=1", "gemm m=2147483648 n=1 k=1",
            "gemm m=1 n=1 k=2147483648", "gemm b=2147483648 m=1 n=1 k=1", "pool alg=max mb=1 c=1 ih=2147483647 iw=1 kh=1", "pool alg=max mb=1 c=2147483647 ih=2 kh=2"]
        select new TheoryDataRow<Isa, string>(isa.Data, line);

    [Theory]
    [MemberData(nameof(Problems))]
    public void Planning_TakesLittleManagedMemory(Isa isa, string line)
    {
        TestIsas.Require(isa);
        var problem = ProblemLine.Parse(line);
        var context = new PlanContext(isa, 2);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Func<Plan> create = problem.Kind switch
        {
            "conv" => () => ConvolutionPlans.Table.Create(ProblemDescriptors.Convolution(problem, DataType.F32), context),
            "gemm" => () => MatmulPlans.Table.Create(ProblemDescriptors.Matmul(problem, DataType.F32, DataType.F32, DataType.F32), context),
            _ => () => PoolingPlans.Table.Create(ProblemDescriptors.Pooling(problem, DataType.F32), context),
        };
        try
        {
            using Plan plan = create();
        }
        catch (FdnnException e)
        {
            Assert.Equal(Status.Unsupported, e.Status); // more pieces than can be counted
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }
}
