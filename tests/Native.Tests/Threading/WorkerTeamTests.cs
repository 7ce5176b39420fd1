using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Platform;
using FugakuDnn.Native.Threading;

namespace FugakuDnn.Native.Tests.Threading;

/// <summary>The team is one for the process: these tests change its settings, so nothing runs beside them.</summary>
[CollectionDefinition(nameof(WorkerTeam), DisableParallelization = true)]
public sealed class WorkerTeamCollection;

/// <summary>What a run promises, wherever it takes place.</summary>
public abstract unsafe class WorkerTeamTests : IDisposable
{
    private const int MostPieces = 1000;

    private readonly int _threadsBefore = WorkerTeam.ThreadCount;
    private readonly ThreadingChoice _choiceBefore = WorkerTeam.Choice;

    private protected WorkerTeamTests(ThreadingChoice choice) => WorkerTeam.Choice = choice;

    public void Dispose()
    {
        WorkerTeam.SetParallelFor(null, null);
        WorkerTeam.ThreadCount = _threadsBefore;
        WorkerTeam.Choice = _choiceBefore;
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void Every_piece_runs_exactly_once(int threads)
    {
        WorkerTeam.ThreadCount = threads;
        int* ran = stackalloc int[MostPieces];
        foreach (int pieces in (int[])[0, 1, 2, 3, threads, threads + 1, 100, MostPieces])
        {
            new Span<int>(ran, MostPieces).Clear();
            WorkerTeam.Run(pieces, &CountPiece, ran);
            for (int i = 0; i < MostPieces; i++)
            {
                Assert.Equal(i < pieces ? 1 : 0, ran[i]);
            }
        }
    }

    [Theory]
    [InlineData(8, 4, 4)]
    [InlineData(3, 4, 3)]
    [InlineData(8, 16, 2)]
    public void Thread_numbers_stay_below_pieces_and_limit_and_none_is_used_twice_at_once(int pieces, int threads, int limit)
    {
        WorkerTeam.ThreadCount = threads;
        Usage usage = new() { Limit = Math.Min(Math.Min(pieces, threads), limit) };
        for (int i = 0; i < 200; i++)
        {
            WorkerTeam.Run(pieces, limit, &UseThreadNumber, &usage);
        }

        Assert.Equal(0, usage.Violations);
        Assert.Equal(200 * pieces, usage.Calls);
    }

    [Fact]
    public void Pieces_run_on_several_threads()
    {
        WorkerTeam.ThreadCount = 2;
        int* arrived = stackalloc int[1];
        *arrived = 0;

        // Each piece waits for the other: one thread alone would wait in vain.
        WorkerTeam.Run(2, &WaitForBoth, arrived);
        Assert.Equal(2, *arrived);
    }

    [Fact]
    public void Pieces_are_dealt_contiguously_whatever_the_threads_do()
    {
        WorkerTeam.ThreadCount = 3;
        int* threads = stackalloc int[7];
        for (int i = 0; i < 100; i++)
        {
            WorkerTeam.Run(7, &NoteThread, threads);
            Assert.Equal([0, 0, 0, 1, 1, 2, 2], new ReadOnlySpan<int>(threads, 7).ToArray());
        }
    }

    [Fact]
    public void Sleeping_workers_wake()
    {
        WorkerTeam.ThreadCount = 3;
        int* ran = stackalloc int[MostPieces];
        for (int i = 0; i < 20; i++)
        {
            new Span<int>(ran, MostPieces).Clear();
            WorkerTeam.Run(3, &CountPiece, ran);
            Assert.Equal(3, new ReadOnlySpan<int>(ran, MostPieces).ToArray().Sum());
            Thread.Sleep(5); // a hundred times the spinning
        }
    }

    [Fact]
    public void Caller_sleeps_until_a_slow_worker_is_done()
    {
        WorkerTeam.ThreadCount = 2;
        int* ran = stackalloc int[2];
        for (int i = 0; i < 10; i++)
        {
            (ran[0], ran[1]) = (0, 0);
            WorkerTeam.Run(2, &SlowSecondPiece, ran);
            Assert.Equal((1, 1), (ran[0], ran[1]));
        }
    }

    [Fact]
    public void A_run_inside_a_run_is_sequential()
    {
        WorkerTeam.ThreadCount = 4;
        Usage usage = default;
        WorkerTeam.Run(4, &RunInside, &usage);
        Assert.Equal(4 * 10, usage.Calls);
        Assert.Equal(0, usage.Violations);
    }

    [Fact]
    public void A_caller_that_finds_the_team_busy_does_its_pieces_itself()
    {
        WorkerTeam.ThreadCount = 2;
        Assert.True(ForkGate.TryEnter());
        int* threads = stackalloc int[8];
        try
        {
            new Span<int>(threads, 8).Fill(-1);
            nint at = (nint)threads;
            Thread other = new(() => WorkerTeam.Run(8, &NoteThread, (void*)at));
            other.Start();
            Assert.True(other.Join(TimeSpan.FromSeconds(30)));
        }
        finally
        {
            ForkGate.Leave();
        }

        Assert.Equal(new int[8], new ReadOnlySpan<int>(threads, 8).ToArray());
    }

    [Fact]
    public void Many_callers_at_once_while_the_thread_count_changes()
    {
        const int Callers = 8, Runs = 1000;
        int wrong = 0;
        Thread[] callers = [.. Enumerable.Range(0, Callers).Select(_ => new Thread(() =>
        {
            int* ran = stackalloc int[MostPieces];
            for (int i = 0; i < Runs; i++)
            {
                int pieces = i % 37;
                new Span<int>(ran, 37).Clear();
                WorkerTeam.Run(pieces, &CountPiece, ran);
                bool right = new ReadOnlySpan<int>(ran, pieces).IndexOfAnyExcept(1) < 0 && ran[pieces] == 0;
                Interlocked.Add(ref wrong, right ? 0 : 1);
            }
        }))];
        foreach (Thread caller in callers)
        {
            caller.Start();
        }

        for (int i = 0; callers.Any(caller => caller.IsAlive); i++)
        {
            WorkerTeam.ThreadCount = i % 6 + 1;
            Thread.Sleep(1);
        }

        Assert.Equal(0, wrong);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_caller_gets_what_the_lowest_failing_piece_has_thrown(int threads)
    {
        WorkerTeam.ThreadCount = threads;
        int* ran = stackalloc int[MostPieces];
        for (int i = 0; i < 20; i++)
        {
            FdnnException thrown = Assert.Throws<FdnnException>(() => WorkerTeam.Run(40, &FailFrom17, null));
            Assert.Equal("piece: 17 failed", thrown.Message);
        }

        // The team survives, and the failure is forgotten.
        new Span<int>(ran, MostPieces).Clear();
        WorkerTeam.Run(40, &CountPiece, ran);
        Assert.Equal(40, new ReadOnlySpan<int>(ran, MostPieces).ToArray().Sum());
    }

    [Fact]
    public void Workers_take_over_the_callers_floating_point_control_and_the_caller_keeps_it()
    {
        WorkerTeam.ThreadCount = 3;
        ulong before = FloatingPointControl.Read();
        ulong flushing = before ^ FloatingPointTests.FlushToZero ^ FloatingPointTests.RoundUp;
        ulong* seen = stackalloc ulong[3];
        ulong own = FloatingPointControl.TakeOver(flushing);
        try
        {
            WorkerTeam.Run(3, &NoteFloatingPoint, seen);
            Assert.Equal(flushing, FloatingPointControl.Read());
        }
        finally
        {
            FloatingPointControl.Restore(own);
        }

        Assert.Equal([flushing, flushing, flushing], new ReadOnlySpan<ulong>(seen, 3).ToArray());
        WorkerTeam.Run(3, &NoteFloatingPoint, seen);
        Assert.Equal([before, before, before], new ReadOnlySpan<ulong>(seen, 3).ToArray());
    }

    [Fact]
    public void A_run_allocates_no_managed_memory()
    {
        PrepareForAllocationTest();
        WorkerTeam.ThreadCount = 3;
        int* ran = stackalloc int[MostPieces];
        for (int i = 0; i < 100; i++)
        {
            WorkerTeam.Run(9, &CountPiece, ran);
        }

        long before = GC.GetTotalAllocatedBytes(true), onThisThread = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            WorkerTeam.Run(9, &CountPiece, ran);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - onThisThread);

        // Workers' share: 10,000 runs of even one object each would show above what the test host does meanwhile.
        Assert.InRange(GC.GetTotalAllocatedBytes(true) - before, 0, 100_000);
    }

    [Fact]
    public void Garbage_collections_do_not_wait_for_parked_workers()
    {
        WorkerTeam.ThreadCount = 4;
        int* ran = stackalloc int[MostPieces];
        for (int i = 0; i < 20; i++)
        {
            WorkerTeam.Run(16, &CountPiece, ran);
            GC.Collect();
        }

        new Span<int>(ran, MostPieces).Clear();
        WorkerTeam.Run(16, &CountPiece, ran);
        Assert.Equal(16, new ReadOnlySpan<int>(ran, MostPieces).ToArray().Sum());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1025)]
    public void Thread_counts_out_of_range_are_refused(int threads)
    {
        FdnnException thrown = Assert.Throws<FdnnException>(() => WorkerTeam.ThreadCount = threads);
        Assert.Equal(Status.InvalidArgument, thrown.Status);
        Assert.Equal($"threads: must be in [1, 1024], got {threads}", thrown.Message);
    }

    /// <summary>Lets a team whose host side allocates use another.</summary>
    private protected virtual void PrepareForAllocationTest()
    {
    }

    private protected static void CountPiece(void* state, int piece, int thread) => Interlocked.Increment(ref ((int*)state)[piece]);

    private protected static void NoteThread(void* state, int piece, int thread) => ((int*)state)[piece] = thread;

    private static void NoteFloatingPoint(void* state, int piece, int thread) => ((ulong*)state)[piece] = FloatingPointControl.Read();

    private static void SlowSecondPiece(void* state, int piece, int thread)
    {
        if (piece == 1)
        {
            Thread.Sleep(5);
        }

        ((int*)state)[piece]++;
    }

    private static void WaitForBoth(void* state, int piece, int thread)
    {
        int* arrived = (int*)state;
        Interlocked.Increment(ref *arrived);
        Assert.True(
            SpinWait.SpinUntil(() => Volatile.Read(ref *arrived) == 2, TimeSpan.FromSeconds(60)),
            $"piece {piece} waits alone on {WorkerTeam.Kind}; own workers: {OwnThreads.Count}, a fork is pending: {ForkGate.ForkPending}");
    }

    private static void FailFrom17(void* state, int piece, int thread)
    {
        if (piece >= 17)
        {
            throw new FdnnException(Status.Internal, $"piece: {piece} failed");
        }
    }

    private static void RunInside(void* state, int piece, int thread)
    {
        Usage inner = new() { Limit = 1 };
        WorkerTeam.Run(10, &UseThreadNumber, &inner);
        Interlocked.Add(ref ((Usage*)state)->Calls, inner.Calls);
        Interlocked.Add(ref ((Usage*)state)->Violations, inner.Violations);
    }

    private static void UseThreadNumber(void* state, int piece, int thread)
    {
        Usage* usage = (Usage*)state;
        bool right = thread >= 0 && thread < usage->Limit && Interlocked.Increment(ref usage->InUse[thread]) == 1;
        Interlocked.Add(ref usage->Violations, right ? 0 : 1);
        Interlocked.Increment(ref usage->Calls);
        Thread.SpinWait(20);
        Interlocked.Decrement(ref usage->InUse[thread]);
    }

    private struct Usage
    {
        internal int Limit, Calls, Violations;
        internal fixed int InUse[16];
    }
}
