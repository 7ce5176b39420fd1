namespace FugakuDnn.Build.Tests;

/// <summary>Arguments are taken once, the rest is passed on or refused.</summary>
public sealed class OptionsTests
{
    [Fact]
    public void WhatIsNotTakenIsPassedOnInItsOrder()
    {
        Options options = new(["--batch", "8", "--rid", "linux-arm64", "--quick"]);
        Assert.Equal("linux-arm64", options.Value("--rid"));
        Assert.Equal(["--batch", "8", "--quick"], options.Rest);
    }

    [Fact]
    public void AFlagIsTakenOnce()
    {
        Options options = new(["--exhaustive"]);
        Assert.True(options.Flag("--exhaustive"));
        Assert.False(options.Flag("--exhaustive"));
        options.End();
    }

    [Fact]
    public void AnUnknownArgumentIsRefused() =>
        Assert.Equal("unknown argument --fast", Assert.Throws<StepFailed>(new Options(["--fast"]).End).Message);

    [Fact]
    public void AMissingValueIsRefused() =>
        Assert.Equal("--rid: a value must follow", Assert.Throws<StepFailed>(() => new Options(["--rid"]).Value("--rid")).Message);

    [Fact]
    public void AnUnknownCommandEndsWithTwo() => Assert.Equal(2, CommandLine.Run(["nonsense"]));
}
