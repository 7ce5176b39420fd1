namespace FugakuDnn.Native.Tests.Structure;

/// <summary>Holds the sources to docs/architecture.md, and the rules themselves to examples that break them.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void DependenciesPointOneWay() => Check("Native", ArchitectureRules.Dependencies);

    [Fact]
    public void NamespacesFollowFolders() => Check("Native", ArchitectureRules.Namespaces);

    [Fact]
    public void OnlyPlatformAsksTheSystem() => Check("Native", ArchitectureRules.PlatformQuestions);

    [Fact]
    public void KernelsAreNotNamedAfterAnIsa() => Check("Native", ArchitectureRules.KernelNames);

    [Theory]
    [InlineData("Native")]
    [InlineData("Exports")]
    [InlineData("benchmarks")]
    [InlineData("tests")]
    [InlineData("build")]
    public void FilesAreShort(string folder) => Check(folder, ArchitectureRules.Length);

    [Theory]
    [InlineData("Native")]
    [InlineData("Exports")]
    [InlineData("build")]
    public void NamesSaySomething(string folder) => Check(folder, ArchitectureRules.EmptyNames);

    [Theory]
    [InlineData("Native/Platform/Pages.cs", "using FugakuDnn.Native.Memory;")]
    [InlineData("Native/Kernels/Gemm.cs", "using FugakuDnn.Native.Primitives.Matmul;")]
    [InlineData("Native/Vector/X.cs", "FugakuDnn.Native.Tuning.A64Fx.L1")]
    [InlineData("Native/Unheard/X.cs", "")]
    public void ADependencyUpwardsIsFound(string path, string code) =>
        Assert.Single(ArchitectureRules.Dependencies(SourceTree.Parse(path, code)));

    [Theory]
    [InlineData("Native/Kernels/Gemm.cs", "using FugakuDnn.Native.Vector; // FugakuDnn.Native.Primitives")]
    [InlineData("Native/Assembler/A64/X.cs", "using FugakuDnn.Native.Assembler; using FugakuDnn.Native.Platform;")]
    public void ADependencyDownwardsIsAllowed(string path, string code) =>
        Assert.Empty(ArchitectureRules.Dependencies(SourceTree.Parse(path, code)));

    [Theory]
    [InlineData("#if DEBUG")]
    [InlineData("if (OperatingSystem.IsLinux()) { }")]
    [InlineData("[LibraryImport(\"libc\")]")]
    [InlineData("Environment.GetEnvironmentVariable(\"X\")")]
    public void AQuestionOutsidePlatformIsFound(string code)
    {
        Assert.Single(ArchitectureRules.PlatformQuestions(SourceTree.Parse("Native/Kernels/X.cs", code)));
        Assert.Empty(ArchitectureRules.PlatformQuestions(SourceTree.Parse("Native/Platform/X.cs", code)));
    }

    [Fact]
    public void OtherBrokenRulesAreFound()
    {
        Assert.Single(ArchitectureRules.Length(SourceTree.Parse("Native/X.cs", new string('\n', 400))));
        Assert.Empty(ArchitectureRules.Length(SourceTree.Parse("Native/X.cs", new string('\n', 399))));
        Assert.Single(ArchitectureRules.KernelNames(SourceTree.Parse("Native/Kernels/GemmSve512.cs", "")));
        Assert.Single(ArchitectureRules.EmptyNames(SourceTree.Parse("Native/Memory/MemoryUtils.cs", "")));
        Assert.Single(ArchitectureRules.Namespaces(SourceTree.Parse("Native/Vector/X.cs", "namespace FugakuDnn.Native;")));
        Assert.Empty(ArchitectureRules.Namespaces(SourceTree.Parse("Native/Vector/X.cs", "namespace FugakuDnn.Native.Vector;")));
    }

    private static void Check(string folder, Func<SourceFile, IEnumerable<string>> rule)
    {
        IReadOnlyList<SourceFile> files = SourceTree.Read(folder);
        string[] violations = files.SelectMany(rule).ToArray();
        Assert.True(violations.Length == 0, string.Join(Environment.NewLine, violations));
    }
}
