namespace FugakuDnn.Native.Primitives.Eltwise;

/// <summary>The ways to apply a function to each element, best first.</summary>
internal static class EltwisePlans
{
    internal static readonly DispatchTable<EltwiseDesc> Table = new(
        new Implementation<EltwiseDesc>("jit", JitEltwise.Refuse, JitEltwise.Create),
        new Implementation<EltwiseDesc>(PortableEltwise.Name, (_, _) => null, PortableEltwise.Create));
}
