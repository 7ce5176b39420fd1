using FugakuDnn.Native.Assembler;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>A generated kernel, shared by all plans that need the same code. Each <see cref="KernelCache.Acquire"/> is matched by one <see cref="Dispose"/>.</summary>
internal sealed unsafe class Kernel(string key, string name, ExecutableMemory code) : IDisposable
{
    /// <summary>For dumps and profilers.</summary>
    public string Name { get; } = name;

    /// <summary>What the code is specialised to.</summary>
    public string Key { get; } = key;

    /// <summary>The entry point.</summary>
    public void* Address { get; } = code.Address;

    /// <summary>Bytes of whole pages that the code takes.</summary>
    public long MappedBytes { get; } = code.MappedBytes;

    /// <summary>The pages.</summary>
    internal ExecutableMemory Code { get; } = code;

    /// <summary>Plans that hold the kernel; guarded by the cache's lock.</summary>
    internal int Holders { get; set; }

    /// <summary>Says that one plan no longer needs the kernel.</summary>
    public void Dispose() => KernelCache.Release(this);
}

/// <summary>
/// Kernels by what they are specialised to. Code that no plan holds stays for the next plan until the limit is reached;
/// then the one unused for longest goes first. Used when plans are made and freed, never when they run.
/// held + idle == all; idle bytes are freed while all bytes &gt; limit.
/// </summary>
internal static unsafe class KernelCache
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<string, Kernel> s_kernels = [];
    private static readonly LinkedList<Kernel> s_idle = [];
    private static long s_bytes;
    private static long s_limit = 64L << 20;

    /// <summary>Bytes of code, in whole pages.</summary>
    public static long Bytes
    {
        get
        {
            lock (s_lock)
            {
                return s_bytes;
            }
        }
    }

    /// <summary>Bytes of code above which idle kernels are freed. Code in use is not limited: plan caches bound it.</summary>
    public static long Limit
    {
        get => Volatile.Read(ref s_limit);
        set
        {
            lock (s_lock)
            {
                s_limit = value;
                Trim();
            }
        }
    }

    /// <summary>Every kernel there is, for programs that show generated code.</summary>
    public static IReadOnlyList<Kernel> All
    {
        get
        {
            lock (s_lock)
            {
                return [.. s_kernels.Values];
            }
        }
    }

    /// <summary>Where the next kernel should lie, if that is free; 0 is anywhere. A tracer's filter wants kernels side by side at a known place.</summary>
    public static nint Arena { get; set; }

    /// <summary>Finds or generates a kernel.</summary>
    /// <param name="isa">Back end.</param>
    /// <param name="key">Equal exactly where the generated code is; the ISA is added to it.</param>
    /// <param name="name">For dumps and profilers.</param>
    /// <param name="generate">Writes the kernel, up to and including the return.</param>
    public static unsafe Kernel Acquire(Isa isa, string key, string name, Action<VectorAssembler> generate)
    {
        string fullKey = $"{isa}|{name}|{key}";
        lock (s_lock)
        {
            if (!s_kernels.TryGetValue(fullKey, out var kernel))
            {
                var assembler = VectorAssemblers.Create(isa);
                generate(assembler);
                byte[] code = assembler.Finish();
                CodeDump.Write(code, name, isa.ToString());
                kernel = new Kernel(fullKey, name, ExecutableMemory.Publish(code, Arena));
                Arena += Arena == 0 ? 0 : (nint)kernel.MappedBytes;
                CodeDump.Announce(kernel.Address, code.Length, name);
                s_kernels.Add(fullKey, kernel);
                s_bytes += kernel.MappedBytes;
            }
            else if (kernel.Holders == 0)
            {
                s_idle.Remove(kernel);
            }

            kernel.Holders++;
            Trim();
            return kernel;
        }
    }

    internal static void Release(Kernel kernel)
    {
        lock (s_lock)
        {
            if (--kernel.Holders == 0)
            {
                s_idle.AddLast(kernel);
                Trim();
            }
        }
    }

    private static void Trim()
    {
        while (s_bytes > s_limit && s_idle.First is { } oldest)
        {
            s_idle.RemoveFirst();
            s_kernels.Remove(oldest.Value.Key);
            s_bytes -= oldest.Value.MappedBytes;
            oldest.Value.Code.Dispose();
        }
    }
}
