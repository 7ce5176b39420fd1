using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks.Problems;

/// <summary>The tensors of a problem, its packed weights and its scratch memory.</summary>
internal sealed unsafe class Buffers : IDisposable
{
    private const ulong Seed = 20200601;
    private const byte Unwritten = 0xFF; // NaN in floating-point types

    private readonly Problem _problem;
    private readonly Plan _plan;
    private readonly List<(TensorSlot Slot, AlignedBuffer Memory)> _tensors = [];
    private readonly AlignedBuffer? _packed;
    private readonly AlignedBuffer _scratch;

    public Buffers(Problem problem, Plan plan)
    {
        (_problem, _plan) = (problem, plan);
        foreach (TensorSlot slot in problem.Case.Tensors)
        {
            var memory = new AlignedBuffer(slot.Bytes);
            _tensors.Add((slot, memory));
            Arguments.Set(slot.Role, memory.Data);
        }

        _scratch = new AlignedBuffer(plan.ScratchBytes);
        Arguments.Scratch = _scratch.Data;
        if (problem.PacksWeights && plan.PackedWeightsBytes > 0)
        {
            _packed = new AlignedBuffer(plan.PackedWeightsBytes);
            Arguments.PackedWeights = _packed.Data;
        }
    }

    /// <summary>What an execution gets. The unpacked weights stay in it for the reference; a plan that got packed ones does not look at them.</summary>
    public Arguments Arguments;

    /// <summary>
    /// The same, with the destination over a residual if there is one, as oneDNN's sum and an optimised network have it: two tensors pass
    /// memory, not three.
    /// </summary>
    public Arguments OverResidual
    {
        get
        {
            Arguments arguments = Arguments;
            if (_tensors.Any(tensor => tensor.Slot is { Role: Role.Residual, Count: > 0 }))
            {
                arguments.Destination = arguments.Residual;
            }

            return arguments;
        }
    }

    /// <summary>Sizes of all tensors, each counted once.</summary>
    public double Bytes => _tensors.Sum(tensor => (double)tensor.Slot.Bytes);

    /// <summary>New input data, packed weights made of it, and outputs that nobody has written.</summary>
    public void Fill(DataKind kind)
    {
        var random = new TestRandom(Seed);
        foreach ((TensorSlot slot, AlignedBuffer memory) in _tensors)
        {
            if (slot.IsOutput)
            {
                new Span<byte>(memory.Data, checked((int)slot.Bytes)).Fill(Unwritten);
            }
            else
            {
                TestData.Fill(memory.Data, slot.Type, slot.Count, kind, random);
                _problem.Case.Adjust(slot, memory.Data, kind);
            }
        }

        if (_packed is not null)
        {
            _plan.PackWeights(Arguments.Weights, Arguments.PackedWeights);
        }
    }

    public void Dispose()
    {
        _tensors.ForEach(tensor => tensor.Memory.Dispose());
        _packed?.Dispose();
        _scratch.Dispose();
    }
}
