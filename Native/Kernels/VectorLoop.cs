using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>The loop that kernels share: unrolled full vectors, single full vectors, one masked rest.</summary>
internal static class VectorLoop
{
    /// <summary>Bytes of an element.</summary>
    public const int ElementBytes = 4;

    /// <summary>
    /// Emits a loop over <paramref name="count"/> elements. <paramref name="body"/> emits the work on some full vectors, which lie at byte
    /// offsets 0, VectorBytes, … from the pointers, or on one masked vector. Afterwards the pointers are behind the last element and the
    /// count is destroyed.
    /// </summary>
    /// <param name="a">Where code goes.</param>
    /// <param name="count">Elements, 0 or more.</param>
    /// <param name="groups">Vectors a round, falling; single vectors follow by themselves.</param>
    /// <param name="pointers">Registers that move over the data.</param>
    /// <param name="body">Gets the number of vectors and the mask.</param>
    public static void ForEach(this VectorAssembler a, Gpr count, int[] groups, Gpr[] pointers, Action<int, Mask> body)
    {
        Spot end = a.NewSpot();
        foreach (int vectors in groups.Where(vectors => vectors > 1).Append(1))
        {
            a.FullVectors(count, vectors, pointers, body);
        }

        a.JumpIfZero(count, end);
        Mask tail = a.NewMask();
        a.SetLanes(tail, count);
        body(1, tail);
        a.Free(tail);
        a.ShiftLeft(count, 2);
        foreach (Gpr pointer in pointers)
        {
            a.Add(pointer, count);
        }

        a.Bind(end);
    }

    /// <summary>Emits a loop that runs <paramref name="body"/> once for each unit of a count that is 1 or more, and destroys it.</summary>
    public static void Repeat(this VectorAssembler a, Gpr count, Action body)
    {
        Spot again = a.NewSpot();
        a.Bind(again);
        body();
        a.SubtractAndJumpIfNotZero(count, 1, again);
    }

    /// <summary>Takes several vector registers.</summary>
    public static Vec[] NewVecs(this VectorAssembler a, int count)
    {
        var registers = new Vec[count];
        for (int i = 0; i < count; i++)
        {
            registers[i] = a.NewVec();
        }

        return registers;
    }

    /// <summary>Gives several vector registers back.</summary>
    public static void Free(this VectorAssembler a, ReadOnlySpan<Vec> registers)
    {
        foreach (Vec register in registers)
        {
            a.Free(register);
        }
    }

    /// <summary>Takes a general register and loads a field of the call into it.</summary>
    public static Gpr NewGpr(this VectorAssembler a, Gpr call, int field)
    {
        Gpr register = a.NewGpr();
        a.LoadGpr(register, call, field);
        return register;
    }

    /// <summary>Gives several general registers back.</summary>
    public static void Free(this VectorAssembler a, params ReadOnlySpan<Gpr> registers)
    {
        foreach (Gpr register in registers)
        {
            a.Free(register);
        }
    }

    /// <summary>Stores lane 0.</summary>
    public static void StoreLane0(this VectorAssembler a, Vec s, Gpr @base)
    {
        Mask one = a.NewMask();
        a.SetLanes(one, 1);
        a.Store(s, @base, 0, one);
        a.Free(one);
    }

    /// <summary>
    /// Full groups of vectors. The count is turned round once, into group - count, so that a round ends with an addition and one branch:
    /// another group fits while that is not positive.
    /// </summary>
    private static void FullVectors(this VectorAssembler a, Gpr count, int unroll, Gpr[] pointers, Action<int, Mask> body)
    {
        int group = unroll * a.Lanes;
        Spot again = a.NewSpot(), done = a.NewSpot();
        a.JumpIfLess(count, group, done);
        a.Negate(count, group);
        a.Bind(again);
        body(unroll, Mask.All);
        foreach (Gpr pointer in pointers)
        {
            a.AddImmediate(pointer, pointer, unroll * a.VectorBytes);
        }

        a.AddImmediate(count, count, group);
        a.JumpIfLess(count, 1, again);
        a.Negate(count, group);
        a.Bind(done);
    }

    /// <summary>d = value - d.</summary>
    private static void Negate(this VectorAssembler a, Gpr d, long value)
    {
        Gpr result = a.NewGpr();
        a.MoveImmediate(result, value);
        a.Subtract(result, d);
        a.Move(d, result);
        a.Free(result);
    }
}
