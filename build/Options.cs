namespace FugakuDnn.Build;

/// <summary>The arguments after the command. What a command does not know is refused.</summary>
internal sealed class Options(IEnumerable<string> arguments)
{
    private readonly List<string> rest = [.. arguments];

    /// <summary>Everything that was not taken yet, in its order: for commands that pass arguments on.</summary>
    public string[] Rest => [.. rest];

    /// <summary>True when <paramref name="name"/> was given; takes it.</summary>
    public bool Flag(string name) => rest.Remove(name);

    /// <summary>The value after <paramref name="name"/>, or null; takes both.</summary>
    public string? Value(string name)
    {
        int at = rest.IndexOf(name);
        if (at < 0)
        {
            return null;
        }

        if (at + 1 == rest.Count)
        {
            throw new StepFailed($"{name}: a value must follow");
        }

        string value = rest[at + 1];
        rest.RemoveRange(at, 2);
        return value;
    }

    /// <summary>Refuses whatever is left.</summary>
    public void End()
    {
        if (rest.Count > 0)
        {
            throw new StepFailed($"unknown argument {rest[0]}");
        }
    }
}
