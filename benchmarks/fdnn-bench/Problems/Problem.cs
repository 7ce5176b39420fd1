using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks.Problems;

/// <summary>One line of a problem file for one data type, ready to be planned.</summary>
internal sealed class Problem
{
    /// <summary>The line.</summary>
    public required ProblemLine Line { get; init; }

    /// <summary>Data type as results name it.</summary>
    public required string Type { get; init; }

    /// <summary>Tensors, plan and reference.</summary>
    public required PrimitiveCase Case { get; init; }

    /// <summary>Weights are packed before the time is taken, where the plan can read packed ones.</summary>
    public bool PacksWeights { get; init; }

    /// <summary>Operations as everybody counts them, on padding too; 0 where only bandwidth says something.</summary>
    public double Flop { get; init; }

    /// <summary>Operations on elements that exist: none on padding.</summary>
    public double UsefulFlop { get; init; }
}

/// <summary>A line that this program cannot run; the message is the reason.</summary>
internal sealed class SkippedException(string reason) : Exception(reason);
