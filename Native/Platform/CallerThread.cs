using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>
/// What the library knows of a thread that calls it: whether it is inside, and its last error. Kept in unmanaged memory, where the
/// text stays put and a forked child finds what the parent's other threads were doing.
/// </summary>
internal static unsafe class CallerThread
{
    /// <summary>Longest message with its terminating zero; longer ones are cut.</summary>
    private const int MessageBytes = 2048;

    private static readonly ThreadKey Key = ThreadKey.Create();
    private static readonly bool EndsAreTold = LibC.FindSymbol(null, "__cxa_thread_atexit_impl") != null;

    private static nint s_first;
    private static delegate*<void> s_atEnd;

    /// <summary>Whether any other thread is inside the library.</summary>
    public static bool OthersInside
    {
        get
        {
            Record* own = (Record*)Key.Value;
            for (Record* record = First; record != null; record = record->Next)
            {
                if (record != own && Volatile.Read(ref record->Inside) != 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether this thread is inside the library.</summary>
    public static bool IsInside => Volatile.Read(ref Current->Inside) != 0;

    /// <summary>The thread's last error: UTF-8, zero-terminated; empty if there was none.</summary>
    public static byte* LastError => Current->Message;

    private static Record* First => (Record*)Volatile.Read(ref s_first);

    private static Record* Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Record* record = (Record*)Key.Value;
            return record != null ? record : Register();
        }
    }

    /// <summary>
    /// Calls <paramref name="function"/> on every thread that has called in, when it ends: before the runtime forgets the thread, so that
    /// managed code may still run, and before the destructors of C++ objects that the thread made earlier.
    /// </summary>
    public static void AtEnd(delegate*<void> function) => s_atEnd = function;

    /// <summary>Marks the thread as inside; waits first while a fork is pending. Within a call it is free.</summary>
    /// <exception cref="FdnnException">With <see cref="Status.OutOfMemory"/>, at a thread's first call.</exception>
    public static void Enter()
    {
        if (!TryEnter())
        {
            throw new FdnnException(Status.OutOfMemory, "threads: no memory is left for what is to be known of a thread that calls for the first time");
        }
    }

    /// <summary>As <see cref="Enter"/>; false where a thread calls for the first time and has no memory for what is to be known of it.</summary>
    public static bool TryEnter()
    {
        Record* record = Current;
        if (record == null)
        {
            return false;
        }

        Volatile.Write(ref record->Inside, record->Inside + 1);
        if (ForkGate.ForkPending && record->Inside == 1)
        {
            LetForkPass(record);
        }

        return true;
    }

    /// <summary>
    /// Counts the thread as outside, however deep in calls it is, while a fork is pending. For a call that waits for the gate: the fork
    /// holds the gate and waits for the call, so that each would wait for the other.
    /// </summary>
    /// <remarks>The caller holds no lock and is at a place where a forked child can do without it.</remarks>
    public static void LetForkPass() => LetForkPass(Current);

    /// <summary>Undoes <see cref="Enter"/>.</summary>
    public static void Leave()
    {
        Record* record = (Record*)Key.Value;
        Volatile.Write(ref record->Inside, record->Inside - 1);
    }

    /// <summary>Counts the thread as outside until <see cref="StepIn"/>, if this is its outermost call; tells whether it is.</summary>
    /// <remarks>As for <see cref="LetForkPass()"/>, the caller holds no lock.</remarks>
    public static bool StepOut()
    {
        Record* record = Current;
        if (record->Inside != 1)
        {
            return false;
        }

        Volatile.Write(ref record->Inside, 0);
        return true;
    }

    /// <summary>Undoes <see cref="StepOut"/>, which returned <paramref name="steppedOut"/>.</summary>
    public static void StepIn(bool steppedOut)
    {
        if (steppedOut)
        {
            Enter();
        }
    }

    /// <summary>Stores the thread's last error, cut where it is too long, at a character's end.</summary>
    public static void SetLastError(ReadOnlySpan<char> text)
    {
        Span<byte> message = new(Current->Message, MessageBytes);
        _ = System.Text.Unicode.Utf8.FromUtf16(text, message[..^1], out _, out int written);
        message[written] = 0;
    }

    // "Mark, then look for a fork" here, "announce the fork, then look at the marks" there; the fork's process-wide barrier lets
    // one of the two see the other, and spares every call a barrier of its own.
    private static void LetForkPass(Record* record)
    {
        int depth = record->Inside;
        do
        {
            Volatile.Write(ref record->Inside, 0);
            ForkGate.WaitForFork();
            Volatile.Write(ref record->Inside, depth);
        }
        while (ForkGate.ForkPending);
    }

    private static Record* Register()
    {
        Record* record = First;
        while (record != null && Interlocked.CompareExchange(ref record->Taken, 1, 0) != 0)
        {
            record = record->Next;
        }

        if (record == null)
        {
            record = (Record*)LibC.AllocateZeroed(1, (nuint)sizeof(Record));
            if (record == null)
            {
                return null;
            }

            record->Taken = 1;
            do
            {
                record->Next = First;
            }
            while (Interlocked.CompareExchange(ref s_first, (nint)record, (nint)record->Next) != (nint)record->Next);
        }

        record->Inside = 0;
        record->Message[0] = 0;
        Key.Set(record);
        if (EndsAreTold)
        {
            // The runtime registered its own end of the thread when the thread came in: this one runs before it.
            void* end = (delegate* unmanaged[Cdecl]<Record*, void>)&End;
            _ = LibC.CallAtThreadEnd(end, record, end); // the last names the library that must stay loaded: glibc takes any address in it
        }

        return record;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void End(Record* record)
    {
        Enter();
        if (s_atEnd != null)
        {
            s_atEnd();
        }

        Leave();
        Key.Set(null);
        Volatile.Write(ref record->Taken, 0);
    }

    private struct Record
    {
        public int Inside;
        public int Taken;
        public Record* Next;
        public fixed byte Message[MessageBytes];
    }
}
