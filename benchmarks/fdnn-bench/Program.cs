using System.Globalization;
using FugakuDnn.Benchmarks.Judging;
using FugakuDnn.Benchmarks.Measuring;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Benchmarks;

/// <summary>Checks, times and exposes the primitives without a framework in between.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return Run(arguments);
        }
        catch (Exception e) when (e is UsageException or FdnnException or FormatException or IOException or Problems.SkippedException)
        {
            Console.Error.WriteLine($"fdnn-bench: {e.Message}");
            return 2;
        }
    }

    private static int Run(string[] arguments)
    {
        string command = arguments.FirstOrDefault() ?? "";
        bool named = command is "emit" or "run-once";
        Options options = Options.Parse(named ? arguments[1..] : arguments);
        if (options.Help || options.Files.Count == 0)
        {
            (options.Help ? Console.Out : Console.Error).WriteLine(Options.Usage);
            return options.Help ? 0 : 2;
        }

        if (command == "emit")
        {
            return Emit.Run(options);
        }

        if (!IsaSelection.IsAvailable(options.Isa))
        {
            throw new UsageException($"--isa: {IsaSelection.NameOf(options.Isa)} cannot run on this machine; emit can write its code");
        }

        return named ? RunOnce.Run(options) : new Measure(options).Run();
    }
}
