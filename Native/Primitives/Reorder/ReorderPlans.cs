namespace FugakuDnn.Native.Primitives.Reorder;

/// <summary>The ways to reorder a tensor, best first.</summary>
internal static class ReorderPlans
{
    internal static readonly DispatchTable<ReorderDesc> Table = new(
        new Implementation<ReorderDesc>("jit", JitReorder.Refuse, JitReorder.Create),
        new Implementation<ReorderDesc>(PortableReorder.Name, (_, _) => null, PortableReorder.Create));
}
