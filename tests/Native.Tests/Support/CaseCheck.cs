using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>
/// Executes a case in every way the contract allows (threads, own or given scratch memory, packed weights, in place) between guarded pages
/// and compares each result with the reference.
/// </summary>
internal static unsafe class CaseCheck
{
    private const int TeamThreads = 2;

    /// <summary>Small integers (where they are exact), then real numbers. Returns false where the instruction set has nothing of its own.</summary>
    public static bool Run(PrimitiveCase problem, Isa isa, ulong seed)
    {
        problem.Validate();
        using Plan one = problem.Create(new PlanContext(isa, 1));
        using Plan two = problem.Create(new PlanContext(isa, TeamThreads));
        if (isa != Isa.Portable && one.Implementation == "portable" && two.Implementation == "portable")
        {
            return false; // covered by Isa.Portable
        }

        var random = new TestRandom(seed);
        if (problem.ExactOnIntegers)
        {
            Run(problem, one, two, DataKind.SmallIntegers, (Placement)random.Whole(0, 2), random.Next());
        }

        Run(problem, one, two, DataKind.Random, (Placement)random.Whole(0, 2), random.Next());
        return true;
    }

    /// <summary>NaNs and infinities among the data.</summary>
    public static void RunSpecial(PrimitiveCase problem, Isa isa, ulong seed)
    {
        problem.Validate();
        using Plan one = problem.Create(new PlanContext(isa, 1));
        using Plan two = problem.Create(new PlanContext(isa, TeamThreads));
        Run(problem, one, two, DataKind.Any, Placement.End, seed);
    }

    private static void Run(PrimitiveCase problem, Plan one, Plan two, DataKind kind, Placement placement, ulong seed)
    {
        using var buffers = new CaseBuffers(problem, kind, placement, seed);
        var results = new CaseResults(problem, problem.Reference(buffers.Arguments), kind, seed);
        string what = $"{problem.Text}, {kind}, {placement}, seed {seed}";

        Execute(one, buffers, buffers.Arguments, results, $"{what}, {one.Implementation}, 1 thread");
        Execute(two, buffers, buffers.Arguments, results, $"{what}, {two.Implementation}, {TeamThreads} threads");
        if (two.PackedWeightsBytes > 0)
        {
            ExecutePacked(two, buffers, results, $"{what}, {two.Implementation}, packed weights");
        }

        foreach (Role role in problem.InPlace)
        {
            ExecuteInPlace(two, role, buffers, results, $"{what}, {two.Implementation}, destination is {role}");
        }
    }

    private static void Execute(Plan plan, CaseBuffers buffers, in Arguments arguments, CaseResults results, string what)
    {
        buffers.ClearOutputs();
        plan.Execute(arguments);
        buffers.CheckInputs(what);
        results.Check(arguments, what);
    }

    /// <summary>Same bits as without packing (the destination still holds that result), with the caller's scratch memory.</summary>
    private static void ExecutePacked(Plan plan, CaseBuffers buffers, CaseResults results, string what)
    {
        TensorSlot destination = buffers.Slot(Role.Destination);
        ulong unpacked = TestData.Fingerprint((byte*)buffers.Arguments.Destination, destination.Bytes);
        using var packed = new GuardedBuffer(Shapes.RoundUp(plan.PackedWeightsBytes, ScratchPool.Alignment));
        using var scratch = new GuardedBuffer(Shapes.RoundUp(plan.ScratchBytes, ScratchPool.Alignment));
        plan.PackWeights(buffers.Arguments.Weights, packed.Data);
        Arguments arguments = buffers.Arguments;
        arguments.Weights = null;
        arguments.PackedWeights = packed.Data;
        arguments.Scratch = scratch.Data;
        Execute(plan, buffers, arguments, results, what);
        Assert.True(TestData.Fingerprint((byte*)arguments.Destination, destination.Bytes) == unpacked, $"{what}: other bits than unpacked");
    }

    private static void ExecuteInPlace(Plan plan, Role role, CaseBuffers buffers, CaseResults results, string what)
    {
        TensorSlot input = buffers.Slot(role);
        Arguments arguments = buffers.Arguments;
        void* from = role switch
        {
            Role.Source => arguments.Source,
            Role.Source1 => arguments.Source1,
            Role.Residual => arguments.Residual,
            _ => throw new ArgumentOutOfRangeException(nameof(role)),
        };
        buffers.ClearOutputs();
        results.CopyPlaces(from, arguments.Destination, input);
        arguments.Set(role, arguments.Destination);
        plan.Execute(arguments);
        buffers.CheckInputs(what);
        results.Check(arguments, what);
    }
}
