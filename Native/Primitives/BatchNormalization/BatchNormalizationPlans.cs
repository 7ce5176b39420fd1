namespace FugakuDnn.Native.Primitives.BatchNormalization;

/// <summary>The ways to normalise a batch, best first.</summary>
internal static class BatchNormalizationPlans
{
    internal static readonly DispatchTable<BatchNormalizationDesc> Table = new(
        new Implementation<BatchNormalizationDesc>("jit", JitBatchNormalization.Refuse, JitBatchNormalization.Create),
        new Implementation<BatchNormalizationDesc>(PortableBatchNormalization.Name, (_, _) => null, PortableBatchNormalization.Create));
}
