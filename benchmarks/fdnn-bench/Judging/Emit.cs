using System.Globalization;
using System.Text.Json;
using FugakuDnn.Benchmarks.Problems;
using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;

namespace FugakuDnn.Benchmarks.Judging;

/// <summary>
/// <c>emit</c>: the machine code that a problem's plan would run, for any ISA on any machine: one file a kernel, and <c>emit.json</c> with
/// their names and the operations that the problem really needs.
/// </summary>
internal static class Emit
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    public static int Run(Options options)
    {
        Problem problem = PlanCode.ReadProblem(options);
        string folder = Directory.CreateDirectory(options.Out!).FullName;
        using Plan plan = problem.Case.Create(new PlanContext(options.Isa, options.Threads));
        using FileStream file = File.Create(Path.Combine(folder, "emit.json"));
        using var json = new Utf8JsonWriter(file, Indented);
        json.WriteStartObject();
        PlanCode.WriteProblem(json, problem, plan.Implementation, IsaSelection.NameOf(options.Isa));
        json.WriteStartArray("kernels");
        int number = 0;
        foreach (Kernel kernel in KernelCache.All)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{++number:D2}_{kernel.Name}.bin");
            File.WriteAllBytes(Path.Combine(folder, name), PlanCode.Bytes(kernel));
            json.WriteStartObject();
            json.WriteString("file", name);
            json.WriteNumber("bytes", kernel.Code.CodeBytes);
            json.WriteEndObject();
            Console.WriteLine(Path.Combine(folder, name));
        }

        json.WriteEndArray();
        json.WriteEndObject();
        return 0;
    }
}
