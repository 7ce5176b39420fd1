namespace FugakuDnn.Native.Primitives.Matmul;

/// <summary>The ways to compute a matrix product, best first.</summary>
internal static class MatmulPlans
{
    internal static readonly DispatchTable<MatmulDesc> Table = new(
        new Implementation<MatmulDesc>("brgemm", BrgemmMatmul.Refuse, BrgemmMatmul.Create),
        new Implementation<MatmulDesc>(PortableMatmul.Name, (_, _) => null, PortableMatmul.Create));
}
