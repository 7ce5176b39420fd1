using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Eltwise;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Native.Threading;

namespace FugakuDnn.Native.Tests.Threading;

/// <summary>
/// Everything that the process shares changes while many threads call: thread count, instruction set, kind of team, the host's
/// parallel-for; and the process forks. Each call must end, with the right result, and no fork may have to give up waiting.
/// </summary>
[Collection(nameof(WorkerTeam))]
public sealed unsafe class TeamStormTests : IDisposable
{
    private const int Callers = 6;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(TestBudget.Exhaustive ? 1200 : 240);
    private static readonly int Calls = Math.Max(60, (int)((TestBudget.Exhaustive ? 30_000 : 1500) * TestBudget.Scale));
    private static readonly int LeastForks = Math.Max(3, (int)((TestBudget.Exhaustive ? 500 : 3) * TestBudget.Scale));

    private readonly int _threadsBefore = PlanSettings.Threads;
    private readonly Isa _isaBefore = PlanSettings.Isa;
    private readonly ThreadingChoice _choiceBefore = WorkerTeam.Choice;
    private readonly Primitive _relu = Primitive<EltwiseDesc>.Create(Problem.Relu, EltwisePrimitive.Kind);
    private readonly Primitive _matmul = Primitive<MatmulDesc>.Create(Problem.Matmul, MatmulPrimitive.Kind);
    private readonly List<Actor> _actors = [];

    private volatile bool _over;

    public void Dispose()
    {
        _relu.Dispose();
        _matmul.Dispose();
        WorkerTeam.SetParallelFor(null, null);
        WorkerTeam.Choice = _choiceBefore;
        PlanSettings.Isa = _isaBefore;
        PlanSettings.Threads = _threadsBefore;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Callers_go_on_while_team_and_settings_change_and_the_process_forks(int round)
    {
        // So that libgomp's team is one of those that take turns, where it is installed.
        _ = NativeLibrary.TryLoad("libgomp.so.1", out _);
        List<Actor> callers = [.. Enumerable.Range(0, Callers).Select(i => Begin($"caller {i}", round, CallAll))];
        Begin("thread count", round, random => PlanSettings.Threads = (int)random.Whole(1, 5));
        Begin("instruction set", round, random => PlanSettings.Isa = random.Of([.. IsaSelection.Available]));
        Begin("kind of team", round, random => WorkerTeam.Choice = random.Of(ThreadingChoice.Own, ThreadingChoice.Auto, ThreadingChoice.Sequential));
        Begin("parallel-for", round, ChangeParallelFor);
        Begin("garbage", round, _ => GC.Collect());
        Actor forker = Begin("fork", round, _ => Assert.Equal(0, ForkStub.WaitStatusOfChild(&ForkBlock.Instance->ForkedMidCall)));

        DateTime deadline = DateTime.UtcNow + Patience;
        foreach (Actor caller in callers)
        {
            Await(caller, deadline);
        }

        Assert.True(SpinWait.SpinUntil(() => forker.Steps >= LeastForks || forker.Failure is not null, deadline - DateTime.UtcNow), Report());
        _over = true;
        foreach (Actor actor in _actors)
        {
            Await(actor, deadline);
            Assert.True(actor.Failure is null, $"{actor.Name}, seed {TestBudget.Seed}: {actor.Failure}");
        }

        Assert.All(_actors, actor => Assert.True(actor.Steps > 0, Report()));
    }

    private void Await(Actor actor, DateTime deadline)
    {
        TimeSpan left = deadline - DateTime.UtcNow;
        Assert.True(actor.Thread.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero), $"{actor.Name} does not end; {Report()}");
    }

    private string Report() =>
        $"seed {TestBudget.Seed}: " + string.Join(", ", _actors.Select(a => $"{a.Name} at {a.Steps}{(a.Failure is null ? "" : " failed")}"));

    /// <summary>Starts a thread that does something over and over, until it is over or the thing says so.</summary>
    private Actor Begin(string name, int round, Action<TestRandom> step)
    {
        Actor actor = new(name);
        TestRandom random = new(ShapeFiles.SeedOf($"storm {round} {name}"));
        bool calls = step == CallAll;
        actor.Thread = new Thread(() =>
        {
            try
            {
                while (calls ? actor.Steps < Calls : !_over)
                {
                    step(random);
                    actor.Steps++;
                    Rest(calls ? 0 : random.Whole(0, 3));
                }
            }
            catch (Exception e)
            {
                actor.Failure = e;
            }
        })
        { IsBackground = true };
        _actors.Add(actor);
        actor.Thread.Start();
        return actor;
    }

    private static void Rest(long milliseconds)
    {
        if (milliseconds > 0)
        {
            Thread.Sleep((int)milliseconds);
        }
    }

    private static void ChangeParallelFor(TestRandom random)
    {
        delegate* unmanaged[Cdecl]<nint, long, delegate* unmanaged[Cdecl]<nint, long, void>, nint, void> function = &Backwards;
        void* set = random.Chance(0.3) ? function : null;
        Inside(() => WorkerTeam.SetParallelFor(set, null));
    }

    private void CallAll(TestRandom random)
    {
        switch (random.Whole(0, 9))
        {
            case 0: // a primitive of its own: plans are made, shared and freed meanwhile
                Inside(() =>
                {
                    using Primitive own = Primitive<EltwiseDesc>.Create(Problem.Relu with { Count = 1000 }, EltwisePrimitive.Kind);
                    Problem.CheckRelu(own, 1000);
                });
                break;
            case 1:
                Inside(FailInside);
                break;
            case < 6:
                Inside(() => Problem.CheckRelu(_relu, Problem.Relu.Count));
                break;
            default:
                Inside(() => Problem.CheckMatmul(_matmul));
                break;
        }
    }

    private static void Inside(Action call)
    {
        CallerThread.Enter();
        try
        {
            call();
        }
        finally
        {
            CallerThread.Leave();
        }
    }

    private static void FailInside()
    {
        FdnnException thrown = Assert.Throws<FdnnException>(() => WorkerTeam.Run(9, &FailFrom4, null));
        Assert.Equal("piece: 4 failed", thrown.Message);
    }

    private static void FailFrom4(void* state, int piece, int thread)
    {
        if (piece >= 4)
        {
            throw new FdnnException(Status.Internal, $"piece: {piece} failed");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Backwards(nint context, long count, delegate* unmanaged[Cdecl]<nint, long, void> body, nint argument)
    {
        for (long i = count - 1; i >= 0; i--)
        {
            body(argument, i);
        }
    }

    private sealed class Actor(string name)
    {
        public string Name => name;

        public Thread Thread { get; set; } = Thread.CurrentThread;

        public volatile int Steps;

        public volatile Exception? Failure;
    }

    /// <summary>Problems large enough for several pieces, whose results are exact whoever computes them.</summary>
    private static class Problem
    {
        private const int M = 48, N = 40, K = 24;

        public static EltwiseDesc Relu { get; } = new(DataType.F32, new ActivationDesc(Activation.Relu), 40_000);

        public static MatmulDesc Matmul { get; } = new()
        {
            TypeA = DataType.F32, TypeB = DataType.F32, TypeC = DataType.F32, Batch = 4, M = M, N = N, K = K,
            LeadingA = K, LeadingB = N, LeadingC = N, StrideA = M * K, StrideB = K * N, StrideC = M * N, Alpha = 1,
        };

        public static void CheckRelu(Primitive primitive, long count)
        {
            float[] x = new float[count], y = new float[count];
            for (int i = 0; i < count; i++)
            {
                x[i] = i % 7 - 3;
            }

            fixed (float* source = x, destination = y)
            {
                primitive.Execute(new Arguments { Source = source, Destination = destination });
            }

            for (int i = 0; i < count; i++)
            {
                if (y[i] != Math.Max(0, x[i]))
                {
                    Assert.Fail($"relu: element {i} of {count} is {y[i]}");
                }
            }
        }

        public static void CheckMatmul(Primitive primitive)
        {
            float[] a = new float[4 * M * K], b = new float[4 * K * N], c = new float[4 * M * N];
            Fill(a, 5);
            Fill(b, 3);
            fixed (float* pa = a, pb = b, pc = c)
            {
                primitive.Execute(new Arguments { Source = pa, Weights = pb, Destination = pc });
            }

            for (int i = 0; i < c.Length; i += 61)
            {
                (int batch, int row, int column) = (i / (M * N), i / N % M, i % N);
                float sum = 0;
                for (int k = 0; k < K; k++)
                {
                    sum += a[(batch * M + row) * K + k] * b[(batch * K + k) * N + column];
                }

                if (c[i] != sum)
                {
                    Assert.Fail($"matmul: element {i} is {c[i]}, expected {sum}");
                }
            }
        }

        private static void Fill(float[] values, int modulus)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = i % modulus - modulus / 2;
            }
        }
    }
}
