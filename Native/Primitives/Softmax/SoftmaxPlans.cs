namespace FugakuDnn.Native.Primitives.Softmax;

/// <summary>The ways to compute a softmax, best first.</summary>
internal static class SoftmaxPlans
{
    internal static readonly DispatchTable<SoftmaxDesc> Table = new(
        new Implementation<SoftmaxDesc>("jit", JitSoftmax.Refuse, JitSoftmax.Create),
        new Implementation<SoftmaxDesc>(PortableSoftmax.Name, (_, _) => null, PortableSoftmax.Create));
}
