namespace FugakuDnn.Native.Memory;

/// <summary>Spans, the one added last first, linked by <see cref="Span.Next"/> and <see cref="Span.Previous"/>. Its owner's lock guards it.</summary>
internal unsafe struct SpanList
{
    /// <summary>The span added last, or null.</summary>
    public Span* First;

    /// <summary>Adds a span that is in no such list.</summary>
    public void Add(Span* span)
    {
        span->Previous = null;
        span->Next = First;
        if (First != null)
        {
            First->Previous = span;
        }

        First = span;
    }

    /// <summary>Takes out a span that is in it.</summary>
    public void Remove(Span* span)
    {
        if (span->Previous != null)
        {
            span->Previous->Next = span->Next;
        }
        else
        {
            First = span->Next;
        }

        if (span->Next != null)
        {
            span->Next->Previous = span->Previous;
        }

        span->Next = span->Previous = null;
    }
}
