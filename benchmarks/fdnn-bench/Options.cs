using System.Globalization;
using FugakuDnn.Benchmarks.Measuring;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Threading;
using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks;

/// <summary>The command line is wrong; the message says how.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>What the command line asks for.</summary>
internal sealed class Options
{
    /// <summary>Terms that the reference adds up for one problem unless told otherwise: a fraction of a second.</summary>
    private const long FewTerms = 10_000_000;

    public const string Usage = """
        usage: fdnn-bench [options] PROBLEM_FILE...      check and time, one JSON line a problem
               fdnn-bench emit PROBLEM --out FOLDER      write the machine code of a problem's plan, for any ISA
               fdnn-bench run-once PROBLEM --out FOLDER  execute once, for a tracer (see docs/benchmarks.md)
          PROBLEM is one line of a problem file, quoted.
          --isa ISA       sve512, neon, avx512, avx2 or portable (default: the best of this machine)
          --threads N     threads (default: as the library chooses)
          --dt LIST       only these of a problem's data types, e.g. f32,int8
          --dir D         only problems of this direction
          --filter TEXT   only problem lines that contain TEXT
          --list          print the problems and stop
          --no-check      do not compare results with the reference
          --check-all     compare every output, not a sample where all would take too long
          --runs N        samples at least (default 10)
          --min-time S    seconds of timed runs a problem (default 0.3)
          --max-time S    seconds after which few undisturbed runs must do (default 2)
          --help          this text
        """;

    private string[]? _types;
    private string? _direction, _filter;

    /// <summary>Instruction set.</summary>
    public Isa Isa { get; private set; }

    /// <summary>Whether <c>--isa</c> was given.</summary>
    public bool IsaGiven { get; private set; }

    public int Threads { get; private set; }

    public bool List { get; private set; }

    public bool Check { get; private set; } = true;

    public long CheckTerms { get; private set; } = FewTerms;

    public Sampling Sampling { get; private set; } = new();

    /// <summary>Where <c>emit</c> and <c>run-once</c> write.</summary>
    public string? Out { get; private set; }

    public bool Help { get; private set; }

    /// <summary>Arguments that are not options.</summary>
    public List<string> Files { get; } = [];

    public static Options Parse(IReadOnlyList<string> arguments)
    {
        var options = new Options();
        for (int i = 0; i < arguments.Count; i++)
        {
            string name = arguments[i];
            if (!name.StartsWith('-'))
            {
                options.Files.Add(name);
            }
            else if (!options.Flag(name))
            {
                options.Value(name, ++i < arguments.Count ? arguments[i] : throw new UsageException($"{name}: a value must follow"));
            }
        }

        if (!options.IsaGiven && !options.Help)
        {
            options.Isa = IsaSelection.Best;
        }

        options.Threads = options.Threads == 0 ? WorkerTeam.ThreadCount : options.Threads;
        return options;
    }

    public bool Selects(ProblemLine line) =>
        (_filter is null || line.Text.Contains(_filter, StringComparison.Ordinal))
        && (_direction is null || line.Word("dir", "inf") == _direction);

    public bool SelectsType(string type) => _types is null || _types.Contains(type);

    private bool Flag(string name)
    {
        switch (name)
        {
            case "--help" or "-h": Help = true; return true;
            case "--list": List = true; return true;
            case "--no-check": Check = false; return true;
            case "--check-all": CheckTerms = long.MaxValue; return true;
            default: return false;
        }
    }

    private void Value(string name, string value)
    {
        switch (name)
        {
            case "--isa":
                Isa = IsaSelection.TryParse(value, out Isa isa) ? isa : throw new UsageException($"--isa: no such instruction set: {value}");
                IsaGiven = true;
                break;
            case "--threads": Threads = (int)Number(name, value, 1, 1024); break;
            case "--dt": _types = value.Split(','); break;
            case "--dir": _direction = value; break;
            case "--filter": _filter = value; break;
            case "--out": Out = value; break;
            case "--runs": Sampling = Sampling with { MinRuns = (int)Number(name, value, 1, 1_000_000) }; break;
            case "--min-time": Sampling = Sampling with { MinSeconds = Number(name, value, 0, 3600) }; break;
            case "--max-time": Sampling = Sampling with { MaxSeconds = Number(name, value, 0, 3600) }; break;
            default: throw new UsageException($"unknown option {name}");
        }
    }

    private static double Number(string name, string value, double low, double high) =>
        double.TryParse(value, CultureInfo.InvariantCulture, out double number) && number >= low && number <= high
            ? number : throw new UsageException($"{name}: must be in [{low}, {high}], got {value}");
}
