using FugakuDnn.Native.Primitives;

namespace FugakuDnn.Native.Tests.Primitives;

/// <summary>Handles find their objects, refuse what is stale, and free an object when its last user has left.</summary>
public sealed class HandleTableTests
{
    [Fact]
    public void AStaleHandleIsRefusedAlsoWhenItsPlaceIsTakenAgain()
    {
        ulong first = HandleTable.Create(new Thing());
        Assert.True(HandleTable.Destroy<Thing>(first));
        ulong second = HandleTable.Create(new Thing());
        Assert.NotEqual(first, second);
        Assert.Null(HandleTable.Use<Thing>(first));
        Assert.False(HandleTable.Destroy<Thing>(first));
        Assert.True(HandleTable.Destroy<Thing>(second));
    }

    [Fact]
    public void AnObjectInUseOutlivesItsHandle()
    {
        Thing thing = new();
        ulong handle = HandleTable.Create(thing);
        Assert.Same(thing, HandleTable.Use<Thing>(handle));
        Assert.True(HandleTable.Destroy<Thing>(handle));
        Assert.Equal(0, thing.Disposals);
        Assert.Null(HandleTable.Use<Thing>(handle));
        HandleTable.Release(handle);
        Assert.Equal(1, thing.Disposals);
    }

    [Fact]
    public void AnotherKindOfObjectIsRefused()
    {
        ulong handle = HandleTable.Create(new Thing());
        Assert.Null(HandleTable.Use<string>(handle));
        Assert.False(HandleTable.Destroy<string>(handle));
        Assert.True(HandleTable.Destroy<Thing>(handle));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(0x8000_0000_0000_0001UL)]
    [InlineData(0x1_FFFF_FFFFUL)]
    [InlineData(0x1_0000_0000UL)]
    public void GarbageIsRefused(ulong handle)
    {
        Assert.Null(HandleTable.Use<object>(handle));
        Assert.False(HandleTable.Destroy<object>(handle));
    }

    [Fact]
    public void ThreadsThatUseAndDestroyFreeEachObjectOnce()
    {
        for (int round = 0; round < 200; round++)
        {
            Thing thing = new();
            ulong handle = HandleTable.Create(thing);
            int destroyed = 0;
            Thread[] threads = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
            {
                while (HandleTable.Use<Thing>(handle) is { } used)
                {
                    Assert.Equal(0, used.Disposals);
                    HandleTable.Release(handle);
                    if (HandleTable.Destroy<Thing>(handle))
                    {
                        Interlocked.Increment(ref destroyed);
                    }
                }
            }))];
            foreach (var thread in threads)
            {
                thread.Start();
            }

            foreach (var thread in threads)
            {
                thread.Join();
            }

            Assert.Equal((1, 1), (destroyed, thing.Disposals));
        }
    }

    private sealed class Thing : IDisposable
    {
        public int Disposals;

        public void Dispose() => Interlocked.Increment(ref Disposals);
    }
}
