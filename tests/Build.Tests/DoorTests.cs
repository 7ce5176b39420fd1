using System.Management.Automation.Language;

namespace FugakuDnn.Build.Tests;

/// <summary>
/// build.sh and build.ps1 are doors to the same room: each runs build.cs beside it, passes every argument on and ends with
/// its exit code. So their commands are the same: those of build.cs.
/// </summary>
public sealed class DoorTests
{
    private static readonly string[] Commands = ["setup", "build", "publish", "test", "bench", "judge", "pack", "help"];

    [Fact]
    public void PowerShellParsesItsDoor()
    {
        Parse(out ParseError[] errors);
        Assert.Empty(errors);
    }

    [Fact]
    public void ThePowerShellDoorRunsBuildWithAllArguments()
    {
        CommandAst[] commands = Find<CommandAst>(Parse(out _));
        CommandAst dotnet = Assert.Single(commands, command => command.GetCommandName() == "dotnet");
        string[] elements = [.. dotnet.CommandElements.Select(element => element.Extent.Text)];
        Assert.Equal(["dotnet", "run", "(Join-Path $PSScriptRoot 'build.cs')", "--", "@args"], elements);

        VariableExpressionAst arguments = Assert.IsType<VariableExpressionAst>(dotnet.CommandElements[^1]);
        Assert.True(arguments.Splatted, "@args hands every argument on as it came");
    }

    [Fact]
    public void ThePowerShellDoorEndsWithTheExitCodeOfBuild()
    {
        ExitStatementAst exit = Assert.Single(Find<ExitStatementAst>(Parse(out _)));
        Assert.Equal("$LASTEXITCODE", exit.Pipeline.Extent.Text);
    }

    [Fact]
    public void TheShellDoorRunsBuildWithAllArguments()
    {
        string[] lines = File.ReadAllLines(Repository.At("build.sh"));
        Assert.Equal(["#!/bin/sh", "exec dotnet run \"$(dirname \"$0\")/build.cs\" -- \"$@\""], lines);
    }

    [Fact]
    public void BothDoorsKnowTheCommandsOfBuild()
    {
        Assert.Equal(Commands, CommandLine.Names);

        // Neither door names, adds or hides a command: whatever is said to it goes to build.cs.
        string[] words = [.. Find<StringConstantExpressionAst>(Parse(out _)).Select(text => text.Value), .. File.ReadAllText(Repository.At("build.sh")).Split(' ')];
        Assert.DoesNotContain(words, word => Commands.Contains(word));
    }

    [Theory]
    [InlineData("build.sh")]
    [InlineData("build.ps1")]
    public void DoorsAreThreeLinesAtMost(string door) => Assert.InRange(File.ReadAllLines(Repository.At(door)).Length, 1, 3);

    [Fact]
    public void ContinuousIntegrationRunsTheTestCommand()
    {
        string[] lines = [.. File.ReadAllLines(Repository.At(".ci", "run")).Where(line => line.Length > 0 && line[0] != '#')];
        Assert.Equal("./build.sh test", lines[^1]);
    }

    private static ScriptBlockAst Parse(out ParseError[] errors) => Parser.ParseFile(Repository.At("build.ps1"), out _, out errors);

    private static T[] Find<T>(Ast tree)
        where T : Ast => [.. tree.FindAll(node => node is T, searchNestedScriptBlocks: true).Cast<T>()];
}
