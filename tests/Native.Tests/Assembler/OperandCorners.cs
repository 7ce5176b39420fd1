using System.Globalization;
using System.Reflection;
using FugakuDnn.Native.Assembler;
using FugakuDnn.Native.Assembler.A64;

namespace FugakuDnn.Native.Tests.Assembler;

/// <summary>
/// Corner operands of an instruction method: first every combination of shapes (and so every element size, allowed or not), then,
/// from each combination that encodes, every operand alone over its registers or numbers, then all registers moved together.
/// </summary>
internal static class OperandCorners
{
    private static readonly long[] Numbers = [.. Enumerable.Range(-66, 133).Select(i => (long)i), .. Powers()];

    private static readonly double[] Floats =
        [0, 0.5, 1, 2, 4, 31, 32, 30, 0.125, 0.1328125, 0.25, 3, 0.33, -1, -0.5, -31, -0.125, 1.9375, 1.96875, 0.0625, 1e9, 10, 17.5, -2, -0.0625];

    private static readonly ulong[] Masks =
    [
        0, 1, 2, 3, 0xFF, 0x7F, 0x80, 0xFE, 0x81, 0xAA, 0x55, 0xF0, 0xF00, 0xFFFF, 0x8000, 0x8001, 0x7FFE, 0x00FF00FF, 0x7FFFFFFF, 0x80000000,
        0xFFFFFFFE, 0xFFFFFFFF, 0x7F800000, 0x0000FFFF0000FFFF, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFF00000000, 0x5555555555555555,
        0x3333333333333333, 0xFFFFFFFFFFFFFFFE, 0xFFFFFFFFFFFFFFFF, 5, 0x1234, 0x00FF0000000000FF, 0xFE01FE01FE01FE01, 0x8080808080808080,
    ];

    public static IEnumerable<object[]> Of(MethodInfo method, Func<object[], bool> encodes)
    {
        ParameterInfo[] parameters = method.GetParameters();
        var accepted = new List<object[]>();
        foreach (object[] operands in Shapes(parameters))
        {
            if (encodes(operands))
            {
                accepted.Add(operands);
            }

            yield return operands;
        }

        foreach (object[] start in accepted)
        {
            for (int i = 0; i < parameters.Length; i++)
            {
                foreach (object value in Values(start[i]))
                {
                    yield return Replace(start, i, value);
                }
            }

            foreach (int first in (int[])[0, 3, 27, 30, 31])
            {
                yield return start.Select((operand, i) => Renumber(operand, first + i)).ToArray();
            }
        }
    }

    /// <summary>The operand as Arm's syntax writes it.</summary>
    public static string Text(object operand) => operand switch
    {
        Distance distance => $"#{distance.Bytes}",
        double value => value.ToString("0.0###########", CultureInfo.InvariantCulture),
        ulong value => $"0x{value:x}",
        int value => value.ToString(CultureInfo.InvariantCulture),
        _ => operand.ToString()!.ToLowerInvariant(),
    };

    private static IEnumerable<long> Powers()
    {
        for (int i = 7; i <= 24; i++)
        {
            long power = 1L << i;
            foreach (long step in (long[])[0, 1, 2, 4, 8, 16, 128, 256])
            {
                yield return power - step;
                yield return -power - step;
                yield return -power + step;
            }

            yield return power + 1;
        }
    }

    private static IEnumerable<object[]> Shapes(ParameterInfo[] parameters)
    {
        foreach (int number in parameters.Any(p => p.ParameterType == typeof(int)) ? (int[])[0, 1, 3, 8, 16] : [0])
        {
            IEnumerable<object[]> combinations = [[]];
            int vectors = parameters.Count(p => p.ParameterType == typeof(V));
            for (int i = 0; i < parameters.Length; i++)
            {
                int at = i;
                int index = 5 + i;
                combinations = combinations.SelectMany(so => Starts(parameters[at].ParameterType, index, number).Select(next => (object[])[.. so, next]));
            }

            foreach (object[] operands in combinations)
            {
                // 17 shapes cubed is too many: with three or more, at least two must be equal.
                if (vectors < 3 || operands.OfType<V>().Select(v => v.Shape).Distinct().Count() < 3)
                {
                    yield return operands;
                }
            }
        }
    }

    private static IEnumerable<object> Starts(Type type, int index, int number)
    {
        byte register = (byte)index;
        return type switch
        {
            _ when type == typeof(R) => [new R(register, true, false), new R(register, false, false)],
            _ when type == typeof(P) => [new P((byte)(index % 8))],
            _ when type == typeof(Pt) => Enum.GetValues<Element>().Where(e => e != Element.None).Select(e => (object)new Pt(register, e)),
            _ when type == typeof(Z) => Enum.GetValues<Element>().Select(e => (object)new Z((byte)(index % 8), e)),
            _ when type == typeof(V) => Enum.GetValues<VShape>().Where(s => s != VShape.None).Select(s => (object)new V(register, s)),
            _ when type == typeof(int) => [number],
            _ when type == typeof(ulong) => [1UL, 0xFEUL],
            _ when type == typeof(double) => [0.0, 0.5, 2.0],
            _ when type == typeof(Label) => [new Distance(8)],
            _ when type == typeof(SystemRegister) => [SystemRegister.Fpcr],
            _ when type.IsEnum => Members(type).Take(1),
            _ => throw new NotSupportedException($"no corner operands for {type}"),
        };
    }

    private static IEnumerable<object> Values(object start) => start switch
    {
        R r => ((R[])[r with { Index = 0 }, r with { Index = 1 }, r with { Index = 17 }, r with { Index = 30 }, r with { Index = 31 }, new(31, true, true)]).Cast<object>(),
        P => new byte[] { 0, 1, 6, 7, 8, 15 }.Select(i => (object)new P(i)),
        Pt p => new byte[] { 0, 1, 7, 8, 15 }.Select(i => (object)(p with { Index = i })),
        Z z => new byte[] { 0, 1, 7, 8, 13, 15, 16, 31 }.Select(i => (object)(z with { Index = i })),
        V v => new byte[] { 0, 1, 15, 16, 21, 31 }.Select(i => (object)(v with { Index = i })),
        int => Numbers.Select(n => (object)(int)n),
        ulong => Masks.Select(m => (object)m),
        double => Floats.Select(f => (object)f),
        Distance => new[] { 0, 4, -4, 32764, -32768, 32768, -32772, (1 << 20) - 4, -(1 << 20), 1 << 20, -(1 << 20) - 4 }.Select(d => (object)new Distance(d)),
        Enum e => Members(e.GetType()),
        _ => throw new NotSupportedException($"no corner operands for {start.GetType()}"),
    };

    private static IEnumerable<object> Members(Type type) => Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(value => Enum.ToObject(type, value));

    private static object Renumber(object operand, int index) => operand switch
    {
        R r => r with { Index = (byte)(index % 31) },
        Z z => z with { Index = (byte)(index % 32) },
        V v => v with { Index = (byte)(index % 32) },
        P => new P((byte)(index % 8)),
        Pt p => p with { Index = (byte)(index % 16) },
        _ => operand,
    };

    private static object[] Replace(object[] operands, int at, object value)
    {
        object[] copy = [.. operands];
        copy[at] = value;
        return copy;
    }

    /// <summary>Stands for a label at this distance from the instruction.</summary>
    internal sealed record Distance(int Bytes);
}
