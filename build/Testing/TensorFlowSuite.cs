namespace FugakuDnn.Build;

/// <summary>The TensorFlow plug-in under every TensorFlow that can be had.</summary>
internal static class TensorFlowSuite
{
    private const string Tests = "frameworks-plugins/tensorflow/tests";

    /// <summary>
    /// The versions run at the same time: a case is a process of its own that spends most of its time on one core, importing TensorFlow.
    /// pytest itself runs in .venv.
    /// </summary>
    public static IReadOnlyList<TestResult> Run()
    {
        Compile.Library(Compile.HostRid); // once, and not at the same time
        ILookup<bool, TensorFlowFolder> folders = TensorFlowFolder.All.ToLookup(folder => folder.Missing() is null);
        foreach (TensorFlowFolder folder in folders[true])
        {
            folder.Make();
        }

        Task<IReadOnlyList<TestResult>>[] runs = [.. folders[true].Select(folder => Task.Run(() => Run(folder)))];
        return [.. Task.WhenAll(runs).GetAwaiter().GetResult().SelectMany(results => results), .. folders[false].Select(Skipped)];
    }

    private static IReadOnlyList<TestResult> Run(TensorFlowFolder folder) =>
        PytestSuite.Run(folder.Name, Tests, arguments => Python.Command([.. arguments, "--tensorflow-python", folder.Interpreter]));

    private static TestResult Skipped(TensorFlowFolder folder) => new(Tests, folder.Name, Outcome.Skipped, folder.Missing() ?? "");
}
