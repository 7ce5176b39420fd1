using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Primitives;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks.Problems;

/// <summary>The kinds that read each element once: bandwidth, not arithmetic, is what their times say something about.</summary>
internal static class ElementwiseProblems
{
    /// <inheritdoc cref="ProblemReader.Read"/>
    public static Problem Read(ProblemLine line, string type) => new()
    {
        Line = line,
        Type = type,
        Case = ProblemReader.Parse(() => CaseOf(line, type)),
    };

    private static PrimitiveCase CaseOf(ProblemLine line, string type)
    {
        string text = line.Text;
        return line.Kind switch
        {
            "softmax" => new SoftmaxCase(ProblemDescriptors.Softmax(line, ProblemReader.Float(type)), text),
            "bnorm" => BatchNormalization(line, ProblemReader.Float(type)),
            "pool" => new PoolingCase(ProblemDescriptors.Pooling(line, ProblemReader.Float(type)), text),
            "eltwise" => new EltwiseCase(ProblemDescriptors.Eltwise(WithDefaults(line), ProblemReader.Float(type)), text),
            "binary" => new BinaryCase(ProblemDescriptors.Binary(line, ProblemReader.Float(type)), text),
            "reorder" => Reorder(line, ProblemReader.Float(type)),
            _ => throw new SkippedException($"kind {line.Kind} is not implemented"),
        };
    }

    /// <summary>The peers' linear function is x itself: alpha is 1 unless the line says otherwise.</summary>
    private static ProblemLine WithDefaults(ProblemLine line) =>
        line.Word("alg", "relu") == "linear" && !line.Has("alpha") ? ProblemLine.Parse($"{line.Text} alpha=1") : line;

    private static BatchNormalizationCase BatchNormalization(ProblemLine line, DataType type)
    {
        string flags = line.Word("flags", "gsh");
        return flags.Contains('g')
            ? new BatchNormalizationCase(
                ProblemDescriptors.BatchNormalization(line, type), flags.Contains('s'), flags.Contains('h'), line.Text)
            : throw new SkippedException("statistics of the batch are not implemented");
    }

    private static ReorderCase Reorder(ProblemLine line, DataType type)
    {
        string target = line.Word("todt", "f32");
        return type == DataType.F64 || target == "f32"
            ? new ReorderCase(ProblemDescriptors.Reorder(line, type), line.Text)
            : throw new SkippedException($"reorders into another data type ({target}) are not implemented");
    }
}
