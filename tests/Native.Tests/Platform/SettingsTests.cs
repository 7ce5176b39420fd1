using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Platform;

public sealed class SettingsTests
{
    [Fact]
    public void Nothing_set_gives_the_defaults()
    {
        Settings settings = With();
        Assert.Null(settings.Isa);
        Assert.Null(settings.JitDump);
        Assert.Null(settings.Threads);
        Assert.Null(settings.OpenMpThreads);
        Assert.Equal(ThreadingChoice.Auto, settings.Threading);
        Assert.Equal(50, settings.SpinMicroseconds);
        Assert.Equal(0, settings.Verbose);
    }

    [Theory]
    [InlineData("own", nameof(ThreadingChoice.Own))]
    [InlineData(" Sequential ", nameof(ThreadingChoice.Sequential))]
    [InlineData("auto", nameof(ThreadingChoice.Auto))]
    [InlineData("", nameof(ThreadingChoice.Auto))]
    public void Threading_is_read(string text, string expected) =>
        Assert.Equal(expected, With(("FUGAKUDNN_THREADING", text)).Threading.ToString());

    [Theory]
    [InlineData("FUGAKUDNN_NUM_THREADS", "0", "must be an integer in [1, 1024], got '0'")]
    [InlineData("FUGAKUDNN_NUM_THREADS", "four", "must be an integer in [1, 1024], got 'four'")]
    [InlineData("FUGAKUDNN_NUM_THREADS", "1025", "must be an integer in [1, 1024], got '1025'")]
    [InlineData("FUGAKUDNN_SPIN_MICROSECONDS", "-1", "must be an integer in [0, 1000000], got '-1'")]
    [InlineData("FUGAKUDNN_VERBOSE", "3", "must be an integer in [0, 2], got '3'")]
    [InlineData("FUGAKUDNN_THREADING", "tbb", "must be one of auto, own, sequential, got 'tbb'")]
    public void A_value_that_breaks_its_rule_is_refused_by_name(string name, string value, string rule)
    {
        Settings settings = With((name, value));
        FdnnException thrown = Assert.Throws<FdnnException>(() =>
            (settings.Threads, settings.SpinMicroseconds, settings.Verbose, settings.Threading));
        Assert.Equal(Status.InvalidArgument, thrown.Status);
        Assert.Equal($"{name}: {rule}", thrown.Message);
    }

    [Theory]
    [InlineData("4", 4)]
    [InlineData("8,2", 8)]
    [InlineData("999999", 1024)]
    [InlineData("0", null)]
    [InlineData("many", null)]
    public void OpenMPs_variable_is_taken_as_it_is_meant_and_never_refused(string text, int? expected) =>
        Assert.Equal(expected, With(("OMP_NUM_THREADS", text)).OpenMpThreads);

    [Fact]
    public void Thread_count_comes_from_ours_then_OpenMPs_then_the_machine()
    {
        Topology machine = new(16, 8, 2.5, []);
        Assert.Equal(3, DefaultThreadCount.Get(With(("FUGAKUDNN_NUM_THREADS", "3"), ("OMP_NUM_THREADS", "5")), () => machine));
        Assert.Equal(5, DefaultThreadCount.Get(With(("OMP_NUM_THREADS", "5")), () => machine));
        Assert.Equal(3, DefaultThreadCount.Get(With(), () => machine));
        Assert.Equal(8, DefaultThreadCount.Get(With(), () => machine with { CpuQuota = null }));
        Assert.Equal(8, DefaultThreadCount.Get(With(), () => machine with { CpuQuota = 64 }));
        Assert.Equal(1, DefaultThreadCount.Get(With(), () => machine with { CpuQuota = 0.1 }));
    }

    private static Settings With(params (string Name, string Value)[] variables) =>
        new(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
