using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks.Problems;

/// <summary>The kinds that read each element once: bandwidth, not arithmetic, is what their times say something about.</summary>
internal static class ElementwiseProblems
{
    /// <inheritdoc cref="ProblemReader.Read"/>
    public static Problem Read(ProblemLine line, string type) =>
        throw new SkippedException($"kind {line.Kind} is not implemented");
}
