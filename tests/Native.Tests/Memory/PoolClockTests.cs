using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Tests.Memory;

public class PoolClockTests
{
    [Fact]
    public void Time_passes_while_the_pool_is_in_use()
    {
        PoolClock clock = StartedAt(1_000_000);
        long start = clock.Now;
        for (int look = 1; look <= 20; look++)
        {
            Assert.True(clock.MoveTo(1_000_000 + look * PoolTuning.MillisecondsBetweenLooks));
        }

        Assert.Equal(start + 20 * PoolTuning.MillisecondsBetweenLooks, clock.Now);
    }

    [Fact]
    public void Looks_that_come_too_soon_count_together()
    {
        PoolClock clock = StartedAt(1_000_000);
        long start = clock.Now;
        Assert.False(clock.MoveTo(1_000_000 + PoolTuning.MillisecondsBetweenLooks - 1));
        Assert.False(clock.MoveTo(999_999));
        Assert.Equal(start, clock.Now);
        Assert.True(clock.MoveTo(1_000_000 + PoolTuning.MillisecondsBetweenLooks + 1));
        Assert.Equal(start + PoolTuning.MillisecondsBetweenLooks + 1, clock.Now);
    }

    [Theory]
    [InlineData(PoolTuning.DecayMilliseconds)]
    [InlineData(3_600_000)]
    public void A_pause_makes_nothing_old_enough_to_go(long pause)
    {
        PoolClock clock = StartedAt(1_000_000);
        long start = clock.Now;
        Assert.True(clock.MoveTo(1_000_000 + pause));
        Assert.Equal(start + PoolTuning.MostPauseMilliseconds, clock.Now);
        Assert.True(clock.Now - start < PoolTuning.DecayMilliseconds / 2);
    }

    private static PoolClock StartedAt(long systemTime)
    {
        PoolClock clock = default;
        Assert.True(clock.MoveTo(systemTime));
        return clock;
    }
}
