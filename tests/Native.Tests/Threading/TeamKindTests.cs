using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Threading;

namespace FugakuDnn.Native.Tests.Threading;

[Collection(nameof(WorkerTeam))]
public sealed class OwnThreadsTests : WorkerTeamTests
{
    public OwnThreadsTests()
        : base(ThreadingChoice.Own) => Assert.Equal(TeamKind.Own, WorkerTeam.Kind);

    [Fact]
    public unsafe void Threads_are_started_when_needed_and_kept()
    {
        int* ran = stackalloc int[1000];
        WorkerTeam.ThreadCount = 5;
        WorkerTeam.Run(5, &CountPiece, ran);
        int started = OwnThreads.Count;
        Assert.True(started >= 4);
        WorkerTeam.ThreadCount = 2;
        WorkerTeam.Run(5, &CountPiece, ran);
        Assert.Equal(started, OwnThreads.Count);
    }
}

[Collection(nameof(WorkerTeam))]
public sealed class OpenMpRuntimeTests : WorkerTeamTests
{
    public OpenMpRuntimeTests()
        : base(ThreadingChoice.Auto)
    {
        Assert.SkipUnless(NativeLibrary.TryLoad("libgomp.so.1", out _), "libgomp.so.1 is not installed");
        Assert.True(SpinWait.SpinUntil(() => OpenMpRuntime.IsPresent, TimeSpan.FromSeconds(10)), "libgomp is loaded, but was not found");
        Assert.Equal(TeamKind.OpenMp, WorkerTeam.Kind);
    }

    [Fact]
    public unsafe void Inside_the_hosts_parallel_region_a_run_is_sequential()
    {
        WorkerTeam.ThreadCount = 2;
        nint library = NativeLibrary.Load("libgomp.so.1");
        var parallel = (delegate* unmanaged[Cdecl]<void*, void*, uint, uint, void>)NativeLibrary.GetExport(library, "GOMP_parallel");
        int* threads = stackalloc int[2 * 8];
        new Span<int>(threads, 16).Clear();
        Region region = new() { Threads = threads };
        parallel((delegate* unmanaged[Cdecl]<Region*, void>)&RunInRegion, &region, 2, 0);
        Assert.Equal(2, region.Entered);
        Assert.NotEqual(threads[0], threads[8]);
        Assert.True(new ReadOnlySpan<int>(threads, 8).IndexOfAnyExcept(threads[0]) < 0);
        Assert.True(new ReadOnlySpan<int>(threads + 8, 8).IndexOfAnyExcept(threads[8]) < 0);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void RunInRegion(Region* region)
    {
        int who = Interlocked.Increment(ref region->Entered) - 1;
        WorkerTeam.Run(8, &NoteWhoRuns, region->Threads + 8 * who);
    }

    private static unsafe void NoteWhoRuns(void* state, int piece, int thread) =>
        ((int*)state)[piece] = Environment.CurrentManagedThreadId;

    private unsafe struct Region
    {
        internal int* Threads;
        internal int Entered;
    }
}

[Collection(nameof(WorkerTeam))]
public sealed unsafe class CallerParallelForTests : WorkerTeamTests
{
    private static readonly nint Context = 0x1234;

    public CallerParallelForTests()
        : base(ThreadingChoice.Own)
    {
        WorkerTeam.SetParallelFor((delegate* unmanaged[Cdecl]<nint, long, delegate* unmanaged[Cdecl]<nint, long, void>, nint, void>)&OnThreads, (void*)Context);
        Assert.Equal(TeamKind.CallerParallelFor, WorkerTeam.Kind);
    }

    [Fact]
    public void A_function_that_leaves_indices_out_is_refused()
    {
        WorkerTeam.SetParallelFor((delegate* unmanaged[Cdecl]<nint, long, delegate* unmanaged[Cdecl]<nint, long, void>, nint, void>)&OnlyTheFirst, null);
        WorkerTeam.ThreadCount = 3;
        int* ran = stackalloc int[1000];
        FdnnException thrown = Assert.Throws<FdnnException>(() => RunThree((nint)ran));
        Assert.Equal(Status.Internal, thrown.Status);
        Assert.Contains("each of 3 indices before it returns, ran 1", thrown.Message);
    }

    private protected override void PrepareForAllocationTest() =>
        WorkerTeam.SetParallelFor((delegate* unmanaged[Cdecl]<nint, long, delegate* unmanaged[Cdecl]<nint, long, void>, nint, void>)&Backwards, null);

    private static void RunThree(nint ran) => WorkerTeam.Run(3, &CountPiece, (void*)ran);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnThreads(nint context, long count, delegate* unmanaged[Cdecl]<nint, long, void> body, nint argument)
    {
        if (context != Context)
        {
            return;
        }

        nint function = (nint)body;
        Thread[] threads = [.. Enumerable.Range(0, (int)count).Select(i => new Thread(() =>
            ((delegate* unmanaged[Cdecl]<nint, long, void>)function)(argument, i)))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Backwards(nint context, long count, delegate* unmanaged[Cdecl]<nint, long, void> body, nint argument)
    {
        for (long i = count - 1; i >= 0; i--)
        {
            body(argument, i);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnlyTheFirst(nint context, long count, delegate* unmanaged[Cdecl]<nint, long, void> body, nint argument) =>
        body(argument, 0);
}
