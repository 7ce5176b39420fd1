namespace FugakuDnn.Native.Primitives.Binary;

/// <summary>The ways to combine two tensors, best first.</summary>
internal static class BinaryPlans
{
    internal static readonly DispatchTable<BinaryDesc> Table = new(
        new Implementation<BinaryDesc>("jit", JitBinary.Refuse, JitBinary.Create),
        new Implementation<BinaryDesc>(PortableBinary.Name, (_, _) => null, PortableBinary.Create));
}
