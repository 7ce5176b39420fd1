using System.Buffers.Binary;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using FugakuDnn.Native.Assembler;
using FugakuDnn.Native.Assembler.A64;

namespace FugakuDnn.Native.Tests.Assembler;

/// <summary>llvm-mc judges every instruction method: same bytes where we encode, refused where we refuse.</summary>
public sealed class A64AssemblerTests(ITestOutputHelper output)
{
    // Public methods that are no instructions.
    private static readonly HashSet<string> Others =
    [
        nameof(A64Assembler.NewLabel), nameof(A64Assembler.Bind), nameof(A64Assembler.Here), nameof(A64Assembler.Constant), nameof(A64Assembler.Finish),
        nameof(A64Assembler.Word), nameof(A64Assembler.AddAny), "get_Position", "get_Alignment", "Mov(R, Int64)",
    ];

    [Fact]
    public void EveryPublicMethodStatesItsSyntax()
    {
        RequireReflection();
        Assert.Empty(Methods().Where(m => m.GetCustomAttribute<AsmAttribute>() is null && !Others.Contains(m.Name) && !Others.Contains(Signature(m)))
            .Select(Signature));
    }

    [Fact]
    public void EveryCornerOperandEncodesAsLlvmSaysOrIsRefusedByBoth()
    {
        RequireReflection();
        Assert.SkipWhen(LlvmJudge.Path is null, "llvm-mc (22 or 19) is not installed");
        List<Case> cases = [.. Methods().Where(m => m.GetCustomAttribute<AsmAttribute>() is not null).SelectMany(Cases)];
        uint?[] judged = LlvmJudge.Assemble([.. cases.Select(c => c.Text)]);

        List<string> wrong = [];
        for (int i = 0; i < cases.Count; i++)
        {
            if (cases[i].Word != judged[i])
            {
                wrong.Add($"{cases[i].Text}: ours {Show(cases[i].Word)}, llvm-mc {Show(judged[i])} [{cases[i].Method}]");
            }
        }

        int encoded = cases.Count(c => c.Word is not null);
        string[] unused = [.. cases.GroupBy(c => c.Method).Where(g => g.All(c => c.Word is null)).Select(g => g.Key)];
        output.WriteLine($"{encoded} encodings equal, {cases.Count - encoded} refusals shared, {cases.Select(c => c.Method).Distinct().Count()} instruction methods");
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases.Count} differ:\n{string.Join('\n', wrong.GroupBy(w => w[w.LastIndexOf('[')..]).SelectMany(g => g.Take(4)))}");
        Assert.Empty(unused);
        Assert.InRange(encoded, 50_000, int.MaxValue);
        Assert.InRange(cases.Count - encoded, 20_000, int.MaxValue);
    }

    [Theory]
    [InlineData("fmla z0.s, p8/m, z1.s, z2.s", "fmla: g must be p0-p7, got p8", nameof(Refusals.GoverningPredicate))]
    [InlineData("fmla z0.s, p0/m, z1.d, z2.s", "fmla: element sizes must be equal and in HSD, got S, D, S", nameof(Refusals.ElementSizes))]
    [InlineData("ld1w {z0.h}, p0/z, [x0]", "ld1w: element sizes must be equal and in SD, got H", nameof(Refusals.LoadOfHalfs))]
    [InlineData("ld1w {z0.s}, p0/z, [x0, #8, mul vl]", "ld1w: offset must be in [-8, 7], got 8", nameof(Refusals.VectorOffset))]
    [InlineData("ld1rw {z0.s}, p0/z, [x0, #256]", "ld1rw: offset must be a multiple of 4 in [0, 252], got 256", nameof(Refusals.BroadcastOffset))]
    [InlineData("ld1rw {z0.s}, p0/z, [x0, #2]", "ld1rw: offset must be a multiple of 4 in [0, 252], got 2", nameof(Refusals.Misaligned))]
    [InlineData("add x0, xzr, #1", "add: n must be a general register or sp, got xzr", nameof(Refusals.ZeroAsSp))]
    [InlineData("mul x0, x1, sp", "mul: m must be a general register or zero, got sp", nameof(Refusals.SpAsZero))]
    [InlineData("add x0, x1, #4097", "add: value must be in [0, 4095] or a multiple of 4096 below 2^24, got 4097", nameof(Refusals.Immediate))]
    [InlineData("and x0, x1, #5", "and: value must be a rotated run of ones, got 0x5", nameof(Refusals.Mask))]
    [InlineData("fmov v0.4s, #0.33", "fmov: value must be ±(16 + m)/16 · 2^e with m in [0, 15], e in [-3, 4], got 0.33", nameof(Refusals.Float))]
    [InlineData("ldp x0, x0, [x1]", "ldp: registers must be distinct, got x0, x0", nameof(Refusals.SameTwice))]
    public void RefusalsNameInstructionOperandRuleAndValue(string text, string message, string refusal)
    {
        var refused = Assert.Throws<OperandException>(() => Refusals.All[refusal](new A64Assembler()));
        Assert.Equal(message, refused.Message);
        if (LlvmJudge.Path is not null && RuntimeFeature.IsDynamicCodeSupported)
        {
            Assert.Null(LlvmJudge.Assemble([text])[0]);
        }
    }

    private static string Show(uint? word) => word?.ToString("x8", CultureInfo.InvariantCulture) ?? "refuses";

    private static void RequireReflection() =>
        Assert.SkipUnless(RuntimeFeature.IsDynamicCodeSupported, "walks the instruction methods by reflection, which NativeAOT trims");

    private static MethodInfo[] Methods() =>
        typeof(A64Assembler).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);

    private static string Signature(MethodInfo method) =>
        $"{method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name))})";

    private static List<Case> Cases(MethodInfo method)
    {
        AsmAttribute asm = method.GetCustomAttribute<AsmAttribute>()!;
        string name = Signature(method);
        var seen = new HashSet<string>();
        var cases = new List<Case>();
        foreach (object[] operands in OperandCorners.Of(method, operands => Encode(method, operands) is not null))
        {
            string text = asm.Syntax;
            for (int i = 0; i < operands.Length; i++)
            {
                string operand = OperandCorners.Text(operands[i]);
                text = text.Replace($"#{{{i}}}", operand.StartsWith('#') ? operand : $"#{operand}", StringComparison.Ordinal)
                    .Replace($"{{{i}}}", operand, StringComparison.Ordinal);
            }

            if (seen.Add(text))
            {
                uint? word = Encode(method, operands);
                if (word is not null || asm.Narrower is null)
                {
                    cases.Add(new Case(text, word, name));
                }
            }
        }

        return cases;
    }

    /// <summary>The word, or null where an operand is refused.</summary>
    private static uint? Encode(MethodInfo method, object[] operands)
    {
        var assembler = new A64Assembler();
        int distance = operands.OfType<OperandCorners.Distance>().FirstOrDefault()?.Bytes ?? 0;
        Label target = assembler.NewLabel();
        bool behind = distance < 0 || operands.OfType<OperandCorners.Distance>().Any() && distance == 0;
        if (behind)
        {
            assembler.Bind(target);
            Nops(assembler, -distance);
        }

        int at = assembler.Position;
        try
        {
            method.Invoke(assembler, BindingFlags.DoNotWrapExceptions, null, [.. operands.Select(o => o is OperandCorners.Distance ? target : o)], null);
            if (!behind)
            {
                Nops(assembler, Math.Max(0, distance - 4));
                assembler.Bind(target);
            }
        }
        catch (OperandException)
        {
            return null;
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(assembler.Finish().AsSpan(at));
    }

    private static void Nops(A64Assembler assembler, int bytes)
    {
        for (; bytes > 0; bytes -= 4)
        {
            assembler.Nop();
        }
    }

    private sealed record Case(string Text, uint? Word, string Method);
}
