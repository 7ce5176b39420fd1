using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FugakuDnn.Benchmarks.Measuring;
using FugakuDnn.Benchmarks.Problems;
using FugakuDnn.Native.Assembler;
using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Threading;
using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks.Judging;

/// <summary>
/// <c>run-once</c>: one execution for a tracer. All kernels lie in one arena at a fixed address, so that a tracer's filter and the image of
/// the code are known beforehand; a return instruction at the arena's start is called right before and right behind the execution, so that
/// what a trace shows of packing and checking can be cut off.
/// </summary>
internal static unsafe class RunOnce
{
    /// <summary>Where nothing else is: below programs and libraries, above what small programs use.</summary>
    private const long Arena = 0x20_0000_0000;

    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    public static int Run(Options options)
    {
        Problem problem = PlanCode.ReadProblem(options);
        WorkerTeam.ThreadCount = options.Threads;
        using ExecutableMemory marker = ExecutableMemory.Publish(Return(), unchecked((nint)Arena));
        KernelCache.Arena = (nint)marker.Address + (nint)marker.MappedBytes;
        using Plan plan = problem.Case.Create(new PlanContext(options.Isa, options.Threads));
        using var buffers = new Buffers(problem, plan);
        string? wrong = null;
        if (options.Check)
        {
            wrong = ResultCheck.Run(problem, plan, buffers, 1_000_000);
        }
        else
        {
            buffers.Fill(DataKind.SmallIntegers);
        }

        var mark = (delegate* unmanaged<void>)marker.Address;
        mark();
        plan.Execute(buffers.Arguments);
        mark();
        Write(options, problem, plan, marker);
        Console.WriteLine(wrong is null ? "done" : $"WRONG: {wrong}");
        return wrong is null ? 0 : 1;
    }

    private static byte[] Return() => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? [0xC0, 0x03, 0x5F, 0xD6] : [0xC3];

    private static void Write(Options options, Problem problem, Plan plan, ExecutableMemory marker)
    {
        string folder = Directory.CreateDirectory(options.Out!).FullName;
        Kernel[] kernels = [.. KernelCache.All.OrderBy(kernel => (nint)kernel.Address)];
        using (FileStream image = File.Create(Path.Combine(folder, "code.bin")))
        {
            foreach (Kernel kernel in kernels)
            {
                image.Position = (nint)kernel.Address - (nint)marker.Address;
                image.Write(PlanCode.Bytes(kernel));
            }
        }

        using FileStream file = File.Create(Path.Combine(folder, "run.json"));
        using var json = new Utf8JsonWriter(file, Indented);
        json.WriteStartObject();
        PlanCode.WriteProblem(json, problem, plan.Implementation, IsaSelection.NameOf(options.Isa));
        json.WriteString("base", Hex(marker.Address));
        json.WriteStartArray("kernels");
        foreach (Kernel kernel in kernels)
        {
            json.WriteStartObject();
            json.WriteString("name", kernel.Name);
            json.WriteString("address", Hex(kernel.Address));
            json.WriteNumber("bytes", kernel.Code.CodeBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Hex(void* address) => string.Create(CultureInfo.InvariantCulture, $"0x{(nint)address:x}");
}
