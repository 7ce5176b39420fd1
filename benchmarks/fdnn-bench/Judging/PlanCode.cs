using System.Text.Json;
using FugakuDnn.Benchmarks.Problems;
using FugakuDnn.Native.Kernels;
using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks.Judging;

/// <summary>The generated code of a plan, for disassemblers and models.</summary>
internal static unsafe class PlanCode
{
    /// <summary>The problem of the command line, in the first of its data types that was asked for.</summary>
    public static Problem ReadProblem(Options options)
    {
        if (options.Files.Count != 1 || options.Out is null)
        {
            throw new UsageException("one PROBLEM (quoted) and --out FOLDER must be given");
        }

        ProblemLine line = ProblemLine.Parse(options.Files[0].Split('#')[0]);
        string type = line.Word("dt", "f32").Split(',').FirstOrDefault(options.SelectsType)
            ?? throw new UsageException($"--dt: the problem has none of these data types: {line}");
        Problem problem = ProblemReader.Read(line, type);
        problem.Case.Validate();
        return problem;
    }

    /// <summary>The bytes of a kernel.</summary>
    public static ReadOnlySpan<byte> Bytes(Kernel kernel) => new(kernel.Address, kernel.Code.CodeBytes);

    /// <summary>Writes what a judge has to know of a problem.</summary>
    public static void WriteProblem(Utf8JsonWriter json, Problem problem, string implementation, string isa)
    {
        json.WriteString("problem", problem.Line.Text);
        json.WriteString("dt", problem.Type);
        json.WriteString("isa", isa);
        json.WriteString("impl", implementation);
        json.WriteNumber("flop", problem.UsefulFlop);
        json.WriteNumber("flop_with_padding", problem.Flop);
    }
}
