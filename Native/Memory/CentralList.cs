using System.Runtime.InteropServices;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// Free blocks of one size that no thread has. Batches pass from the threads that free to those that allocate through slots, by one
/// exchange each and without a lock; only when no slot is free, or none is filled, blocks go back to their spans or are cut from one.
/// </summary>
/// <remarks>
/// blocks in slots + blocks in spans' free lists + blocks not yet cut + blocks in threads' caches + live blocks == capacity of the spans.
/// A batch is a chain by the blocks' first words; its first block also holds their number.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal unsafe struct CentralList
{
    /// <summary>One for each size; its own cache lines each.</summary>
    public static readonly CentralList* Lists = Create();

    private PoolLock _lock;
    private int _class, _slots, _spans;
    private long _transferred, _cutBlocks, _freeBlocks, _everCut;
    private SpanList _listed;
    private fixed long _batches[PoolTuning.TransferSlots];

    /// <summary>Blocks that wait in slots.</summary>
    public readonly long TransferredBlocks => _transferred;

    /// <summary>Spans cut into this size.</summary>
    public readonly int Spans => _spans;

    /// <summary>Takes up to a batch of blocks; 0 where there is no more memory.</summary>
    public int Take(out void* chain)
    {
        for (int i = 0; i < _slots; i++)
        {
            if (_batches[i] != 0)
            {
                void* batch = (void*)Interlocked.Exchange(ref _batches[i], 0);
                if (batch != null)
                {
                    int blocks = (int)((long*)batch)[1];
                    _ = Interlocked.Add(ref _transferred, -blocks);
                    chain = batch;
                    return blocks;
                }
            }
        }

        return TakeFromSpans(SizeClasses.Batch(_class), out chain);
    }

    /// <summary>Takes a batch of blocks back.</summary>
    public void Give(void* chain, int blocks)
    {
        ((long*)chain)[1] = blocks;
        for (int i = 0; i < _slots; i++)
        {
            if (_batches[i] == 0 && Interlocked.CompareExchange(ref _batches[i], (long)chain, 0) == 0)
            {
                _ = Interlocked.Add(ref _transferred, blocks);
                return;
            }
        }

        GiveToSpans(chain);
    }

    /// <summary>Puts what waits in slots back into the spans, so that whole free spans go to the page heap.</summary>
    public void Clear()
    {
        for (int i = 0; i < _slots; i++)
        {
            void* batch = (void*)Interlocked.Exchange(ref _batches[i], 0);
            if (batch != null)
            {
                _ = Interlocked.Add(ref _transferred, -((long*)batch)[1]);
                GiveToSpans(batch);
            }
        }
    }

    /// <summary>Blocks cut from the spans there are, those in the spans' free lists, and blocks cut since the start.</summary>
    public readonly (long Cut, long Free, long EverCut) Blocks => (_cutBlocks, _freeBlocks, _everCut);

    private int TakeFromSpans(int wanted, out void* chain)
    {
        chain = null;
        int taken = 0;
        _lock.Enter();
        while (true)
        {
            while (taken < wanted && _listed.First != null)
            {
                TakeFrom(_listed.First, wanted, ref taken, ref chain);
            }

            if (taken > 0)
            {
                _lock.Leave();
                return taken;
            }

            _lock.Leave();
            Span* span = NewSpan();
            if (span == null)
            {
                return 0;
            }

            _lock.Enter();
            _spans++;
            List(span);
        }
    }

    private void TakeFrom(Span* span, int wanted, ref int taken, ref void* chain)
    {
        while (taken < wanted && span->FreeList != null)
        {
            void* block = span->FreeList;
            span->FreeList = *(void**)block;
            span->FreeBlocks--;
            _freeBlocks--;
            *(void**)block = chain;
            chain = block;
            taken++;
        }

        while (taken < wanted && span->CutBlocks < span->Capacity)
        {
            void* block = (void*)(span->Start + span->CutBlocks++ * span->BlockBytes);
            _cutBlocks++;
            _everCut++;
            *(void**)block = chain;
            chain = block;
            taken++;
        }

        if (span->FreeList == null && span->CutBlocks == span->Capacity)
        {
            Unlist(span);
        }
    }

    private readonly Span* NewSpan()
    {
        Span* span = PageHeap.Allocate(SizeClasses.Slices(_class), SpanState.Small);
        if (span != null)
        {
            span->Class = _class;
            span->BlockBytes = SizeClasses.Bytes(_class);
            span->Capacity = (int)((long)span->Slices * PoolTuning.SliceBytes / span->BlockBytes);
            span->CutBlocks = span->FreeBlocks = 0;
            span->FreeList = null;
            span->IsListed = false;
            PageMap.SetAll(span, _class);
        }

        return span;
    }

    private void GiveToSpans(void* chain)
    {
        Span* empty = null;
        _lock.Enter();
        while (chain != null)
        {
            void* block = chain;
            chain = *(void**)block;
            Span* span = PageMap.SpanAt(block);
            *(void**)block = span->FreeList;
            span->FreeList = block;
            span->FreeBlocks++;
            _freeBlocks++;
            if (!span->IsListed)
            {
                List(span);
            }

            // One empty span stays, so that a program that needs one block again and again does not make and end a span each time.
            if (span->FreeBlocks == span->CutBlocks && (span->Next != null || span->Previous != null))
            {
                Unlist(span);
                _spans--;
                _cutBlocks -= span->CutBlocks;
                _freeBlocks -= span->FreeBlocks;
                span->Next = empty;
                empty = span;
            }
        }

        _lock.Leave();
        while (empty != null)
        {
            Span* next = empty->Next;
            PageMap.MarkStretch(empty->Start, empty->Slices, SizeClasses.NoBlock);
            PageHeap.Free(empty);
            empty = next;
        }
    }

    private void List(Span* span)
    {
        span->IsListed = true;
        _listed.Add(span);
    }

    private void Unlist(Span* span)
    {
        span->IsListed = false;
        _listed.Remove(span);
    }

    private static CentralList* Create()
    {
        var lists = (CentralList*)RecordArena.New(SizeClasses.Marks * sizeof(CentralList), 256);
        for (int i = 1; i <= SizeClasses.Count; i++)
        {
            lists[i]._class = i;
            lists[i]._slots = SizeClasses.TransferSlots(i);
        }

        return lists;
    }
}
