using System.Buffers.Binary;

namespace FugakuDnn.Native.Assembler;

/// <summary>
/// Fixed-width (32-bit) code under construction, with labels and a pool of constants behind the code.
/// </summary>
/// <remarks>
/// A label is created, used any number of times before or after it is bound, and bound once. A use whose label is unbound leaves
/// a fixup; binding it patches the word. Constants are placed by <see cref="Finish"/>, each once however often it is asked for.
/// The result is position-independent; it must be placed on a boundary of <see cref="Alignment"/> bytes.
/// </remarks>
internal sealed class CodeBuffer
{
    private const int Unbound = -1;

    private readonly List<int> labels = [];
    private readonly List<Fixup> pending = [];
    private readonly List<Pooled> constants = [];
    private uint[] words = new uint[256];
    private int count;
    private bool finished;

    /// <summary>Bytes emitted so far.</summary>
    public int Position => count * 4;

    /// <summary>The boundary, in bytes, on which the code must be placed for its constants to be aligned.</summary>
    public int Alignment { get; private set; } = 64;

    public void Emit(uint word)
    {
        if (finished)
        {
            throw new InvalidOperationException("code: nothing may be emitted after Finish()");
        }

        if (count == words.Length)
        {
            Array.Resize(ref words, count * 2);
        }

        words[count++] = word;
    }

    /// <summary>Emits a word whose field <paramref name="reach"/> holds the distance from here to <paramref name="target"/>.</summary>
    public void Emit(uint word, Reach reach, Label target)
    {
        int position = PositionOf(target);
        int at = Position;
        Emit(word);
        if (position == Unbound)
        {
            pending.Add(new Fixup(at, reach, target));
        }
        else
        {
            words[at / 4] = reach.Patch(word, position - at);
        }
    }

    public Label NewLabel()
    {
        labels.Add(Unbound);
        return new Label(labels.Count - 1);
    }

    public void Bind(Label label)
    {
        if (PositionOf(label) != Unbound)
        {
            throw new InvalidOperationException($"code: label {label} is bound twice");
        }

        labels[label.Id] = Position;
        for (int i = pending.Count - 1; i >= 0; i--)
        {
            Fixup use = pending[i];
            if (use.Target == label)
            {
                words[use.At / 4] = use.Reach.Patch(words[use.At / 4], Position - use.At);
                pending.RemoveAt(i);
            }
        }
    }

    /// <summary>The label of a constant that will stand behind the code, on a boundary of <paramref name="alignment"/> bytes.</summary>
    public Label Constant(ReadOnlySpan<byte> bytes, int alignment)
    {
        if (bytes.IsEmpty || alignment < 4 || (alignment & (alignment - 1)) != 0)
        {
            throw new ArgumentException($"code: a constant must have bytes and a power of two >= 4 as alignment, got {bytes.Length} bytes at {alignment}");
        }

        foreach (Pooled known in constants)
        {
            if (known.Alignment >= alignment && bytes.SequenceEqual(known.Bytes))
            {
                return known.Label;
            }
        }

        Label label = NewLabel();
        constants.Add(new Pooled(label, bytes.ToArray(), alignment));
        return label;
    }

    /// <summary>Places the constants, checks that every label that is used is bound, and returns the bytes.</summary>
    public byte[] Finish()
    {
        // Widest alignment first, so that at most one gap is left.
        foreach (Pooled constant in constants.OrderByDescending(c => c.Alignment))
        {
            Alignment = Math.Max(Alignment, constant.Alignment);
            while (Position % constant.Alignment != 0)
            {
                Emit(0);
            }

            Bind(constant.Label);
            EmitBytes(constant.Bytes);
        }

        constants.Clear();
        finished = true;
        if (pending.Count != 0)
        {
            throw new InvalidOperationException($"code: label {pending[0].Target} is used at byte {pending[0].At} but never bound");
        }

        byte[] bytes = new byte[Position];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), words[i]);
        }

        return bytes;
    }

    private void EmitBytes(ReadOnlySpan<byte> bytes)
    {
        Span<byte> word = stackalloc byte[4];
        for (int i = 0; i < bytes.Length; i += 4)
        {
            word.Clear();
            bytes[i..Math.Min(i + 4, bytes.Length)].CopyTo(word);
            Emit(BinaryPrimitives.ReadUInt32LittleEndian(word));
        }
    }

    private int PositionOf(Label label) => (uint)label.Id < (uint)labels.Count
        ? labels[label.Id]
        : throw new ArgumentException($"code: label {label} is not of this buffer");

    private readonly record struct Fixup(int At, Reach Reach, Label Target);

    private readonly record struct Pooled(Label Label, byte[] Bytes, int Alignment);
}
