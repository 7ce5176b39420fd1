namespace FugakuDnn.Native.Tests.Aot;

internal sealed record RunnerOptions(string? LogPath, string Filter, int Shard, int ShardCount, bool ListOnly)
{
    public static RunnerOptions Parse(string[] args)
    {
        RunnerOptions options = new(LogPath: null, Filter: "", Shard: 0, ShardCount: 1, ListOnly: false);
        for (int i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]}: a value must follow");
            options = args[i] switch
            {
                "--log" => options with { LogPath = Value() },
                "--filter" => options with { Filter = Value() },
                "--list" => options with { ListOnly = true },
                "--shard" => options.WithShard(Value()),
                _ => throw new ArgumentException($"unknown option {args[i]}"),
            };
        }

        return options;
    }

    private RunnerOptions WithShard(string text)
    {
        string[] parts = text.Split('/');
        RunnerOptions options = this with { Shard = int.Parse(parts[0]), ShardCount = int.Parse(parts[1]) };
        return options.Shard >= 0 && options.Shard < options.ShardCount
            ? options
            : throw new ArgumentException($"--shard: I must be in [0, {options.ShardCount}), got {options.Shard}");
    }
}
