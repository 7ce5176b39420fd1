using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Threading;

/// <summary>
/// One parallel run. Vocabulary: the <em>pieces</em> are dealt into <see cref="Shares"/> contiguous shares, and share s is what the body
/// sees as thread s. <em>Runners</em> are the operating system's threads that happen to take part: runner r of n takes shares
/// r, r + n, r + 2n … So neither the pieces nor the thread numbers a body sees depend on how many threads could be had.
/// </summary>
internal unsafe struct TeamRun(int pieces, int shares, delegate*<void*, int, int, void> body, void* state)
{
    private readonly delegate*<void*, int, int, void> _body = body;
    private readonly void* _state = state;
    private readonly ulong _floatingPoint = FloatingPointControl.Read();

    internal readonly int Pieces = pieces;
    internal readonly int Shares = shares;

    /// <summary>Shares that have ended, counted where a caller's parallel-for is trusted to run each.</summary>
    internal int SharesEnded;

    /// <summary>Runs a runner's shares on the calling thread, with the caller's floating-point control. Never throws.</summary>
    internal readonly void RunAs(int runner, int runners)
    {
        ulong own = FloatingPointControl.TakeOver(_floatingPoint);
        for (int share = runner; share < Shares; share += runners)
        {
            RunShare(share);
        }

        FloatingPointControl.Restore(own);
    }

    private readonly void RunShare(int share)
    {
        (long piece, long end) = Partition.Chunk(Pieces, Shares, share);
        try
        {
            for (; piece < end; piece++)
            {
                _body(_state, (int)piece, share);
            }
        }
        catch (Exception e)
        {
            WorkerTeam.RecordFailure(e, (int)piece);
        }
    }
}
