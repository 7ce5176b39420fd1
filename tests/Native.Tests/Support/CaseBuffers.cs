using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>Where a tensor lies in its guarded buffer.</summary>
internal enum Placement
{
    /// <summary>It ends where a forbidden page begins.</summary>
    End,

    /// <summary>It begins where a forbidden page ends.</summary>
    Start,

    /// <summary>It ends one element before a forbidden page: aligned to an element and no more.</summary>
    Shifted,
}

/// <summary>The tensors of a case, each between forbidden pages.</summary>
internal sealed unsafe class CaseBuffers : IDisposable
{
    /// <summary>What outputs are filled with before an execution: NaN for floating-point types.</summary>
    public const byte Unwritten = 0xFF;

    private readonly List<(TensorSlot Slot, GuardedBuffer Buffer, ulong Fingerprint)> _tensors = [];

    public CaseBuffers(PrimitiveCase problem, DataKind kind, Placement placement, ulong seed)
    {
        var random = new TestRandom(seed);
        foreach (TensorSlot slot in problem.Tensors)
        {
            int shift = placement == Placement.Shifted ? slot.Type.Size() : 0;
            var buffer = new GuardedBuffer(slot.Bytes + shift, placement == Placement.Start ? GuardAt.Start : GuardAt.End);
            if (!slot.IsOutput)
            {
                TestData.Fill(buffer.Data, slot.Type, slot.Count, kind, random);
                problem.Adjust(slot, buffer.Data, kind);
            }

            _tensors.Add((slot, buffer, TestData.Fingerprint(buffer.Data, slot.Bytes)));
            Arguments.Set(slot.Role, buffer.Data);
        }
    }

    public Arguments Arguments;

    public TensorSlot Slot(Role role) => _tensors.Find(tensor => tensor.Slot.Role == role).Slot;

    /// <summary>Marks every byte of the outputs as not written.</summary>
    public void ClearOutputs()
    {
        foreach ((TensorSlot slot, GuardedBuffer buffer, _) in _tensors)
        {
            if (slot.IsOutput)
            {
                new NativeBytes(buffer.Data, slot.Bytes).Fill(Unwritten);
            }
        }
    }

    /// <summary>No input was changed.</summary>
    public void CheckInputs(string what)
    {
        foreach ((TensorSlot slot, GuardedBuffer buffer, ulong fingerprint) in _tensors)
        {
            Assert.True(slot.IsOutput || TestData.Fingerprint(buffer.Data, slot.Bytes) == fingerprint, $"{what}: {slot.Role} was written");
        }
    }

    public void Dispose() => _tensors.ForEach(tensor => tensor.Buffer.Dispose());
}

/// <summary>Bytes of any length.</summary>
internal readonly unsafe struct NativeBytes(byte* data, long bytes)
{
    public void Fill(byte value)
    {
        for (long at = 0; at < bytes; at += 1 << 30)
        {
            new Span<byte>(data + at, (int)Math.Min(bytes - at, 1 << 30)).Fill(value);
        }
    }

    public void CopyTo(void* destination) => Buffer.MemoryCopy(data, destination, bytes, bytes);
}
