using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Structure;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>Theory data from tests/shapes: every line for every instruction set.</summary>
internal static class ShapeFiles
{
    public static IEnumerable<TheoryDataRow<Isa, string>> Lines(string kind, params string[] files) =>
        from isa in TestIsas.All
        from file in files
        from line in ProblemLine.ReadFile(Path.Combine(SourceTree.Root, "tests", "shapes", file))
        where line.Kind == kind
        select new TheoryDataRow<Isa, string>(isa, line.Text);

    /// <summary>Numbered batches of random samples for every instruction set.</summary>
    public static IEnumerable<TheoryDataRow<Isa, int>> Batches(int count) =>
        from isa in TestIsas.All
        from batch in Enumerable.Range(0, count)
        select new TheoryDataRow<Isa, int>(isa, batch);

    /// <summary>A seed that differs from line to line and from batch to batch, but not from run to run.</summary>
    public static ulong SeedOf(string text)
    {
        ulong hash = TestBudget.Seed;
        foreach (char c in text)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return hash;
    }
}
