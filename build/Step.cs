namespace FugakuDnn.Build;

/// <summary>A step failed; the message says which command, and with what exit code.</summary>
internal sealed class StepFailed(string message) : Exception(message);

/// <summary>Runs commands and shows progress: every step says its name when it starts and its time when it ends.</summary>
internal static class Step
{
    /// <summary>Runs <paramref name="action"/> under a heading.</summary>
    public static void Run(string title, Action action)
    {
        Console.WriteLine($"▸ {title}");
        using Heartbeat heartbeat = new();
        action();
        Console.WriteLine($"  done in {heartbeat.Elapsed.TotalSeconds:F1} s");
    }

    /// <summary>Runs a command quietly: its output is shown only when it fails. One heading, one time.</summary>
    public static void Quiet(string title, Command command) => Run(title, () =>
    {
        CommandResult result = command.Capture();
        if (result.ExitCode != 0)
        {
            Console.WriteLine(result.Output);
            throw new StepFailed($"{command} ended with exit code {result.ExitCode}");
        }
    });

    /// <summary>Runs a command whose output the user wants to see.</summary>
    public static void Shown(Command command)
    {
        int code = command.Stream(Console.WriteLine);
        if (code != 0)
        {
            throw new StepFailed($"{command} ended with exit code {code}");
        }
    }
}
