using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>What a case should give; computed once and compared with every way of executing it.</summary>
internal sealed unsafe class CaseResults
{
    private readonly PrimitiveCase _problem;
    private readonly IReference _reference;
    private readonly DataKind _kind;
    private readonly long[] _outputs;
    private readonly Expected[] _expected;
    private readonly bool[] _isOutput;

    public CaseResults(PrimitiveCase problem, IReference reference, DataKind kind, ulong seed)
    {
        (_problem, _reference, _kind) = (problem, reference, kind);
        _outputs = Choose(reference.Count, Math.Max(1, problem.Work / Math.Max(1, reference.Count)), seed);
        _expected = Array.ConvertAll(_outputs, reference.Output);
        _isOutput = new bool[problem.Tensors.Single(slot => slot.Role == Role.Destination).Count];
        for (long i = 0; i < reference.Count; i++)
        {
            _isOutput[reference.Offset(i)] = true;
        }
    }

    /// <summary>Every chosen output is right, every other one was written, and nothing beside the outputs was.</summary>
    public void Check(in Arguments arguments, string what)
    {
        var actual = new Cells(arguments.Destination, _reference.Type);
        for (int i = 0; i < _outputs.Length; i++)
        {
            double value = actual[_reference.Offset(_outputs[i])];
            if (!Accuracy.Agrees(value, _expected[i], _reference.Type, _kind))
            {
                Assert.Fail($"{what}: output {_outputs[i]} is {value:R}, should be {_expected[i].Value:R}"
                    + $" ± {Accuracy.Limit(_expected[i], _reference.Type, _kind):G3}");
            }

            _problem.CheckMore(_reference, _outputs[i], arguments);
        }

        CheckPlaces((byte*)arguments.Destination, what);
    }

    /// <summary>Copies an input's elements to the same places of the destination, and nothing between them.</summary>
    public void CopyPlaces(void* from, void* to, TensorSlot slot)
    {
        int size = slot.Type.Size();
        for (long i = 0; i < _isOutput.LongLength; i++)
        {
            if (_isOutput[i])
            {
                Buffer.MemoryCopy((byte*)from + i * size, (byte*)to + i * size, size, size);
            }
        }
    }

    private void CheckPlaces(byte* destination, string what)
    {
        int size = _reference.Type.Size();
        for (long i = 0; i < _isOutput.LongLength; i++)
        {
            bool written = new ReadOnlySpan<byte>(destination + i * size, size).ContainsAnyExcept(CaseBuffers.Unwritten);
            bool mustDiffer = _isOutput[i] && _reference.Type is DataType.F32 or DataType.F64; // an integer may well be all ones
            if (written ? !_isOutput[i] : mustDiffer && _isOutput[i])
            {
                Assert.Fail($"{what}: element {i} of the destination {(written ? "belongs to no output but was written" : "was not written")}");
            }
        }
    }

    /// <summary>All outputs, or the first, the last and a random choice where all would take too long.</summary>
    private static long[] Choose(long count, long termsPerOutput, ulong seed)
    {
        long most = Math.Max(64, TestBudget.ReferenceTerms / termsPerOutput);
        if (count <= most)
        {
            return [.. Enumerable.Range(0, (int)count).Select(i => (long)i)];
        }

        var random = new TestRandom(seed);
        var chosen = new long[most];
        for (long i = 0; i < most; i++)
        {
            chosen[i] = i == 0 ? 0 : i == 1 ? count - 1 : random.Whole(0, count - 1);
        }

        return chosen;
    }
}
