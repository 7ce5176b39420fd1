using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>
/// A call from outside into managed code: <c>using ManagedCall call = ManagedCall.Enter();</c> opens every export, so that a fork
/// can wait until nobody is inside. Costs two uncontended atomic operations; allocates nothing.
/// </summary>
/// <remarks>Calls are counted in stripes, each on its own line, so that callers hardly ever share one.</remarks>
internal readonly unsafe ref struct ManagedCall
{
    private const int Stripes = 64, StripeBytes = 256;

    private static readonly byte* Counters = CreateCounters();

    [ThreadStatic]
    private static int t_depth;

    private readonly int* _counter;

    private ManagedCall(int* counter) => _counter = counter;

    /// <summary>Counts the calling thread in; waits while a fork is pending. Calls within a call are free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ManagedCall Enter()
    {
        if (t_depth++ > 0)
        {
            return default;
        }

        int* counter = (int*)(Counters + Environment.CurrentManagedThreadId % Stripes * StripeBytes);
        Interlocked.Increment(ref *counter);
        if (ForkGate.ForkPending)
        {
            LetForkPass(counter);
        }

        return new ManagedCall(counter);
    }

    /// <summary>Counts the calling thread out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Dispose()
    {
        t_depth--;
        if (_counter != null)
        {
            Interlocked.Decrement(ref *_counter);
        }
    }

    /// <summary>Whether any thread but the calling one is inside.</summary>
    internal static bool OthersInside
    {
        get
        {
            int inside = t_depth > 0 ? -1 : 0;
            for (int i = 0; i < Stripes; i++)
            {
                inside += Volatile.Read(ref *(int*)(Counters + i * StripeBytes));
            }

            return inside > 0;
        }
    }

    private static byte* CreateCounters()
    {
        byte* counters = (byte*)NativeMemory.AlignedAlloc(Stripes * StripeBytes, StripeBytes);
        NativeMemory.Clear(counters, Stripes * StripeBytes);
        return counters;
    }

    // Increment and look, against the fork's "set pending and count": one of the two sees the other.
    private static void LetForkPass(int* counter)
    {
        do
        {
            Interlocked.Decrement(ref *counter);
            ForkGate.WaitForFork();
            Interlocked.Increment(ref *counter);
        }
        while (ForkGate.ForkPending);
    }
}
