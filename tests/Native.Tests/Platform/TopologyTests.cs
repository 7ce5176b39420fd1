using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Platform;

public sealed class TopologyTests
{
    [Fact]
    public void Hardware_threads_of_one_core_count_once()
    {
        // Two cores with two threads each, numbered as on most x86 servers; CPU 3 is not allowed.
        string?[] siblings = ["0,2\n", "1,3\n", "0,2\n", "1,3\n"];
        Assert.Equal(2, Topology.CountCores([0, 1, 2], cpu => siblings[cpu]));
        Assert.Equal(1, Topology.CountCores([0, 2], cpu => siblings[cpu]));
        Assert.Equal(3, Topology.CountCores([0, 1, 2], _ => null));
    }

    [Theory]
    [InlineData("32K\n", 32768)]
    [InlineData("8M", 8 << 20)]
    [InlineData("1G", 1 << 30)]
    [InlineData("64", 64)]
    [InlineData("K", 0)]
    [InlineData("", 0)]
    [InlineData(null, 0)]
    public void Cache_sizes_are_read(string? text, long expected) => Assert.Equal(expected, Topology.ParseSize(text));

    [Fact]
    public void This_machine_is_plausible()
    {
        Topology here = Topology.Detect();
        Assert.InRange(here.LogicalCpus, 1, 8192);
        Assert.InRange(here.PhysicalCores, 1, here.LogicalCpus);
        Assert.InRange(here.UsefulThreads, 1, here.PhysicalCores);
        Assert.Equal(Environment.ProcessorCount, (int)Math.Ceiling(Math.Min(here.LogicalCpus, here.CpuQuota ?? double.MaxValue)));
    }

    [Theory]
    [InlineData("max 100000\n", null)]
    [InlineData("250000 100000\n", 2.5)]
    [InlineData("50000 100000", 0.5)]
    [InlineData("nonsense", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Quota_of_version_2(string? text, double? expected) => Assert.Equal(expected, CgroupQuota.Version2(text));

    [Fact]
    public void The_tightest_group_on_the_way_up_counts() => Assert.Equal(1.5, Quota(
        "0::/user.slice/app.scope\n",
        ("/sys/fs/cgroup/user.slice/app.scope/cpu.max", "400000 100000"),
        ("/sys/fs/cgroup/user.slice/cpu.max", "150000 100000"),
        ("/sys/fs/cgroup/cpu.max", "max 100000")));

    [Fact]
    public void In_a_container_the_mounts_root_is_the_group() => Assert.Equal(2, Quota(
        "0::/docker/0123456789abcdef\n", ("/sys/fs/cgroup/cpu.max", "200000 100000")));

    [Fact]
    public void Quota_of_version_1() => Assert.Equal(3, Quota(
        "5:memory:/job\n4:cpu,cpuacct:/job\n1:name=systemd:/init.scope\n",
        ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "300000\n"),
        ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n"),
        ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
        ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n")));

    [Fact]
    public void Without_files_there_is_no_quota() => Assert.Null(Quota("0::/\n4:cpu:/\ngarbage\n"));

    private static double? Quota(string membership, params (string Path, string Text)[] files) =>
        CgroupQuota.Quota(membership, path => files.FirstOrDefault(file => file.Path == path).Text);
}
