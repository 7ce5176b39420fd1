using System.Reflection;
using System.Runtime.InteropServices;
using FugakuDnn.Exports.Generate;

namespace FugakuDnn.Exports.Tests;

/// <summary>Every export keeps DNNE's rules, since the registry has no DNNE to try; and the rules find methods that break them.</summary>
public sealed class DnneRulesTests
{
    [Fact]
    public void EveryExportKeepsThem()
    {
        Assert.NotEmpty(AbiModel.Methods);
        Assert.Empty(AbiModel.Methods.SelectMany(DnneRules.Broken));
    }

    [Fact]
    public void EntryPointsAreUnique() => Assert.Equal(
        AbiModel.Methods.Count(), new AbiModel().Functions.Select(function => function.Name).Distinct().Count());

    [Fact]
    public void PublicMethodsOfExportClassesAreExports()
    {
        var classes = AbiModel.Methods.Select(method => method.DeclaringType!).Distinct();
        Assert.Empty(classes.SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttribute<UnmanagedCallersOnlyAttribute>() is null && AbiModel.EntryPoint(method) is null).Select(method => method.Name));
    }

    [Theory]
    [InlineData(nameof(Bad.NoEntryPoint), "EntryPoint")]
    [InlineData(nameof(Bad.OddName), "EntryPoint")]
    [InlineData(nameof(Bad.ByReference), "blittable")]
    [InlineData(nameof(Bad.Flag), "blittable")]
    [InlineData(nameof(Bad.Untyped), "C99Type")]
    [InlineData("Hidden", "public")]
    public void ABrokenRuleIsFound(string method, string words) => Assert.Contains(
        DnneRules.Broken(typeof(Bad).GetMethod(method, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!),
        message => message.Contains(words, StringComparison.Ordinal));

    public static unsafe class Bad
    {
        [UnmanagedCallersOnly]
        public static int NoEntryPoint() => 0;

        [UnmanagedCallersOnly(EntryPoint = "FdnnThing")]
        public static int OddName() => 0;

        public static int ByReference(string text) => text.Length;

        public static int Flag(bool flag) => flag ? 1 : 0;

        [UnmanagedCallersOnly(EntryPoint = "fdnn_untyped_get")]
        public static int Untyped(int* value) => *value;

        [UnmanagedCallersOnly(EntryPoint = "fdnn_hidden_get")]
        internal static int Hidden() => 0;
    }
}
