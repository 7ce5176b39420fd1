using System.Diagnostics;
using System.Text;

namespace FugakuDnn.Build;

/// <summary>What a finished command left: exit code, and standard output and error in the order they came.</summary>
internal sealed record CommandResult(int ExitCode, string Output);

/// <summary>A program with arguments, and the variables it sees besides ours (null: removed).</summary>
internal sealed record Command(string Program, params string[] Arguments)
{
    /// <summary>Environment variables to set or, with null, to remove.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Where it runs; the root of the repository unless said otherwise.</summary>
    public string Folder { get; init; } = Repository.Root;

    /// <summary>After this the command is ended and counts as failed.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromHours(2);

    /// <summary>The exit code of a command that was ended because it took too long, as timeout(1) has it.</summary>
    public const int TookTooLong = 124;

    /// <summary>Runs it and keeps what it prints.</summary>
    public CommandResult Capture()
    {
        StringBuilder output = new();
        int code = Stream(line => output.AppendLine(line));
        return new CommandResult(code, output.ToString());
    }

    /// <summary>Runs it and gives each line to <paramref name="line"/> as it comes.</summary>
    public int Stream(Action<string> line)
    {
        using Process process = Start(line);
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            line($"{this} took longer than {Limit.TotalMinutes:F0} minutes and was ended");
            return TookTooLong;
        }

        process.WaitForExit(); // the output's end
        return process.ExitCode;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', [Program, .. Arguments]);

    private Process Start(Action<string> line)
    {
        ProcessStartInfo info = new(Program, Arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string? value) in Environment)
        {
            info.Environment[name] = value;
        }

        Lock gate = new();
        void OnLine(object sender, DataReceivedEventArgs e)
        {
            if (e.Data is not null)
            {
                lock (gate)
                {
                    line(e.Data);
                }
            }
        }

        Process process = new() { StartInfo = info };
        process.OutputDataReceived += OnLine;
        process.ErrorDataReceived += OnLine;
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new StepFailed($"{this}: {e.Message}");
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
