using FugakuDnn.Native.Assembler.A64;
using static FugakuDnn.Native.Assembler.A64.Registers;

namespace FugakuDnn.Native.Tests.Assembler;

/// <summary>One wrong operand each, of every kind of rule.</summary>
internal static class Refusals
{
    public static IReadOnlyDictionary<string, Action<A64Assembler>> All { get; } = new Dictionary<string, Action<A64Assembler>>
    {
        [nameof(GoverningPredicate)] = GoverningPredicate,
        [nameof(ElementSizes)] = ElementSizes,
        [nameof(LoadOfHalfs)] = LoadOfHalfs,
        [nameof(VectorOffset)] = VectorOffset,
        [nameof(BroadcastOffset)] = BroadcastOffset,
        [nameof(Misaligned)] = Misaligned,
        [nameof(ZeroAsSp)] = ZeroAsSp,
        [nameof(SpAsZero)] = SpAsZero,
        [nameof(Immediate)] = Immediate,
        [nameof(Mask)] = Mask,
        [nameof(Float)] = Float,
        [nameof(SameTwice)] = SameTwice,
    };

    public static void GoverningPredicate(A64Assembler a) => a.Fmla(Z(0).S, P(8), Z(1).S, Z(2).S);

    public static void ElementSizes(A64Assembler a) => a.Fmla(Z(0).S, P(0), Z(1).D, Z(2).S);

    public static void LoadOfHalfs(A64Assembler a) => a.Ld1w(Z(0).H, P(0), X(0));

    public static void VectorOffset(A64Assembler a) => a.Ld1w(Z(0).S, P(0), X(0), 8);

    public static void BroadcastOffset(A64Assembler a) => a.Ld1rw(Z(0).S, P(0), X(0), 256);

    public static void Misaligned(A64Assembler a) => a.Ld1rw(Z(0).S, P(0), X(0), 2);

    public static void ZeroAsSp(A64Assembler a) => a.Add(X(0), Xzr, 1);

    public static void SpAsZero(A64Assembler a) => a.Mul(X(0), X(1), Sp);

    public static void Immediate(A64Assembler a) => a.Add(X(0), X(1), 4097);

    public static void Mask(A64Assembler a) => a.And(X(0), X(1), 5);

    public static void Float(A64Assembler a) => a.Fmov(V(0).S4, 0.33);

    public static void SameTwice(A64Assembler a) => a.Ldp(X(0), X(0), X(1));
}
