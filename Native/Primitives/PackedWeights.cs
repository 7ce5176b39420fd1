using System.Runtime.InteropServices;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Primitives;

/// <summary>
/// Weights packed for a plan: 256 bytes that say for which layout, directly followed by the data, both 256-byte aligned. The pointer
/// to the data is what executions take; what stands before it tells whether the plan can read it.
/// </summary>
internal sealed unsafe class PackedWeights : IDisposable
{
    private const ulong Magic = 0x5357_4E4E_4447_5546; // "FUGDNNWS", little-endian
    private const int HeaderBytes = ArgumentRules.BlockAlignment;

    private readonly AlignedBuffer _block;

    private PackedWeights(Plan plan)
    {
        _block = new AlignedBuffer(HeaderBytes + plan.PackedWeightsBytes, ArgumentRules.BlockAlignment);
        NativeMemory.Clear(_block.Data, HeaderBytes);
        *(Header*)_block.Data = new Header { Magic = Magic, Key = KeyOf(plan), Bytes = plan.PackedWeightsBytes };
    }

    /// <summary>What an execution takes.</summary>
    public void* Data => (byte*)_block.Data + HeaderBytes;

    /// <summary>Bytes at <see cref="Data"/>.</summary>
    public long Bytes => ((Header*)_block.Data)->Bytes;

    /// <summary>Packs weights for a primitive's plan.</summary>
    public static PackedWeights Pack(string primitive, Plan plan, void* weights)
    {
        if (plan.PackedWeightsBytes == 0)
        {
            throw new FdnnException(Status.Unsupported, $"{primitive}: {plan.Implementation} reads unpacked weights only");
        }

        if (weights == null)
        {
            throw new FdnnException(Status.InvalidArgument, $"{primitive}: weights must not be null");
        }

        PackedWeights packed = new(plan);
        try
        {
            plan.PackWeights(weights, packed.Data);
            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
    }

    /// <summary>Throws where packed weights are given that the plan cannot read.</summary>
    public static void Check(string primitive, PlanLease lease, in Arguments arguments)
    {
        if (arguments.PackedWeights == null)
        {
            return;
        }

        Plan plan = lease.Plan;
        nuint data = (nuint)arguments.PackedWeights;
        if (plan.PackedWeightsBytes == 0)
        {
            Refuse(primitive, $"must be null: {plan.Implementation} reads unpacked weights only");
        }

        if (data % ArgumentRules.BlockAlignment != 0)
        {
            Refuse(primitive, "must be the data of an fdnn_weights, which is aligned to 256 bytes");
        }

        Header* header = (Header*)(data - HeaderBytes);
        if (header->Magic != Magic || header->Bytes != plan.PackedWeightsBytes || header->Key != lease.PackedKey)
        {
            Refuse(primitive, header->Magic == Magic
                ? $"must be packed for {plan.Implementation} ({plan.PackedWeightsKey}), but they were for another layout"
                : "must be the data of an fdnn_weights");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ((Header*)_block.Data)->Magic = 0;
        _block.Dispose();
    }

    /// <summary>FNV-1a of the layout's key: the same in every run.</summary>
    internal static ulong KeyOf(Plan plan)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (char c in plan.PackedWeightsKey)
        {
            hash = (hash ^ c) * 0x100_0000_01B3;
        }

        return hash;
    }

    private static void Refuse(string primitive, string rule) =>
        throw new FdnnException(Status.InvalidArgument, $"{primitive}: packed_weights {rule}");

    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public ulong Magic;
        public ulong Key;
        public long Bytes;
    }
}
