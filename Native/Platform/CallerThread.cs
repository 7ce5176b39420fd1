using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>
/// What the library knows of a thread that calls it: whether it is inside, and its last error. Kept in unmanaged memory, where the
/// text stays put and a forked child finds what the parent's other threads were doing.
/// </summary>
internal sealed unsafe class CallerThread
{
    /// <summary>Longest message with its terminating zero; longer ones are cut.</summary>
    private const int MessageBytes = 2048;

    private static nint s_first;

    [ThreadStatic]
    private static Record* t_record;

    [ThreadStatic]
    private static CallerThread? t_owner;

    private readonly Record* _record;

    private CallerThread(Record* record) => _record = record;

    /// <summary>After the thread has ended: another may use the record.</summary>
    ~CallerThread() => Volatile.Write(ref _record->Taken, 0);

    /// <summary>Whether any other thread is inside the library.</summary>
    public static bool OthersInside
    {
        get
        {
            for (Record* record = First; record != null; record = record->Next)
            {
                if (record != t_record && Volatile.Read(ref record->Inside) != 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The thread's last error: UTF-8, zero-terminated; empty if there was none.</summary>
    public static byte* LastError => Current->Message;

    private static Record* First => (Record*)Volatile.Read(ref s_first);

    private static Record* Current => t_record != null ? t_record : Register();

    /// <summary>Marks the thread as inside; waits first while a fork is pending. Within a call it is free.</summary>
    public static void Enter()
    {
        Record* record = Current;
        Volatile.Write(ref record->Inside, record->Inside + 1);
        if (ForkGate.ForkPending && record->Inside == 1)
        {
            LetForkPass(record);
        }
    }

    /// <summary>
    /// Counts the thread as outside, however deep in calls it is, while a fork is pending. For a call that waits for the gate: the fork
    /// holds the gate and waits for the call, so that each would wait for the other.
    /// </summary>
    /// <remarks>The caller holds no lock and is at a place where a forked child can do without it.</remarks>
    public static void LetForkPass() => LetForkPass(Current);

    /// <summary>Undoes <see cref="Enter"/>.</summary>
    public static void Leave() => Volatile.Write(ref t_record->Inside, t_record->Inside - 1);

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
            record = (Record*)NativeMemory.AllocZeroed((nuint)sizeof(Record));
            record->Taken = 1;
            do
            {
                record->Next = First;
            }
            while (Interlocked.CompareExchange(ref s_first, (nint)record, (nint)record->Next) != (nint)record->Next);
        }

        record->Inside = 0;
        record->Message[0] = 0;
        t_owner = new CallerThread(record);
        return t_record = record;
    }

    private struct Record
    {
        public int Inside;
        public int Taken;
        public Record* Next;
        public fixed byte Message[MessageBytes];
    }
}
