namespace FugakuDnn.Native.Primitives.Pooling;

/// <summary>The ways to pool, best first.</summary>
internal static class PoolingPlans
{
    internal static readonly DispatchTable<PoolingDesc> Table = new(
        new Implementation<PoolingDesc>("jit", JitPooling.Refuse, JitPooling.Create),
        new Implementation<PoolingDesc>("jit global", JitGlobalPooling.Refuse, JitGlobalPooling.Create),
        new Implementation<PoolingDesc>("jit+transpose", JitPlanarPooling.Refuse, JitPlanarPooling.Create),
        new Implementation<PoolingDesc>(PortablePooling.Name, (_, _) => null, PortablePooling.Create));
}
