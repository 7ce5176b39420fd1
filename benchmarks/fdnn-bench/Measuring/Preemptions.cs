using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FugakuDnn.Benchmarks.Measuring;

/// <summary>How often the scheduler has taken a core from a thread of this process.</summary>
internal static partial class Preemptions
{
    private const int InvoluntarySwitches = 17; // ru_nivcsw: two times of two words each, then the fourteenth word

    public static long Count
    {
        get
        {
            _ = ResourceUsage(0, out Usage usage);
            return usage[InvoluntarySwitches];
        }
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int ResourceUsage(int who, out Usage usage);

    [InlineArray(18)]
    private struct Usage
    {
        private long _first;
    }
}
