using System.Globalization;
using FugakuDnn.Benchmarks.Problems;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks.Measuring;

/// <summary>Compares a result with the double-precision reference before anybody takes its time.</summary>
internal static unsafe class ResultCheck
{
    private const long FewestOutputs = 512;

    /// <summary>
    /// Executes on small integers, where every sum is exact, if the problem has such, else on real numbers. Null if the result is right, else what is wrong.
    /// </summary>
    /// <param name="problem">What is computed.</param>
    /// <param name="plan">How.</param>
    /// <param name="buffers">With what.</param>
    /// <param name="terms">Terms that the reference may add up: where that is not enough, it computes a sample of the outputs.</param>
    public static string? Run(Problem problem, Plan plan, Buffers buffers, long terms)
    {
        DataKind kind = problem.Case.ExactOnIntegers ? DataKind.SmallIntegers : DataKind.Random;
        buffers.Fill(kind);
        plan.Execute(buffers.Arguments);
        return Compare(problem, buffers.Arguments, kind, terms);
    }

    private static string? Compare(Problem problem, in Arguments arguments, DataKind kind, long terms)
    {
        IReference reference = problem.Case.Reference(arguments);
        var actual = new Cells(arguments.Destination, reference.Type);
        long count = reference.Count;
        long wanted = Math.Clamp(terms / Math.Max(1, problem.Case.Work / Math.Max(1, count)), Math.Min(FewestOutputs, count), count);
        var random = new TestRandom(1);
        for (long i = 0; i < wanted; i++)
        {
            // One output of each of equally long stretches, so that no region and no remainder of a division is left out.
            long first = (long)((Int128)i * count / wanted), last = (long)((Int128)(i + 1) * count / wanted) - 1;
            long output = random.Whole(first, last);
            Expected expected = reference.Output(output);
            double value = actual[reference.Offset(output)];
            if (!Accuracy.Agrees(value, expected, reference.Type, kind))
            {
                return string.Create(
                    CultureInfo.InvariantCulture, $"output {output} of {count} must be {expected.Value:R}, got {value:R} ({kind})");
            }
        }

        return null;
    }
}
