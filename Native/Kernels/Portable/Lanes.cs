using System.Runtime.Intrinsics;

namespace FugakuDnn.Native.Kernels.Portable;

/// <summary>A vector of the machine as far as a product needs it, so that the product is written once for all widths.</summary>
internal unsafe interface ILanes<TSelf, T>
    where TSelf : unmanaged, ILanes<TSelf, T>
    where T : unmanaged
{
    static abstract int Count { get; }

    static abstract TSelf Broadcast(T value);

    static abstract TSelf Load(T* source);

    static abstract void Store(TSelf value, T* destination);

    /// <summary>a·b + c, rounded once where the machine can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);
}

/// <summary>128 bits.</summary>
internal readonly unsafe struct Lanes128<T>(Vector128<T> value) : ILanes<Lanes128<T>, T>
    where T : unmanaged
{
    private readonly Vector128<T> _value = value;

    public static int Count => Vector128<T>.Count;

    public static Lanes128<T> Broadcast(T value) => new(Vector128.Create(value));

    public static Lanes128<T> Load(T* source) => new(Vector128.Load(source));

    public static void Store(Lanes128<T> value, T* destination) => value._value.Store(destination);

    public static Lanes128<T> MultiplyAdd(Lanes128<T> a, Lanes128<T> b, Lanes128<T> c)
    {
        if (typeof(T) == typeof(float))
        {
            return new(Vector128.MultiplyAddEstimate(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).As<float, T>());
        }

        return typeof(T) == typeof(double)
            ? new(Vector128.MultiplyAddEstimate(a._value.AsDouble(), b._value.AsDouble(), c._value.AsDouble()).As<double, T>())
            : new(a._value * b._value + c._value);
    }
}

/// <summary>256 bits.</summary>
internal readonly unsafe struct Lanes256<T>(Vector256<T> value) : ILanes<Lanes256<T>, T>
    where T : unmanaged
{
    private readonly Vector256<T> _value = value;

    public static int Count => Vector256<T>.Count;

    public static Lanes256<T> Broadcast(T value) => new(Vector256.Create(value));

    public static Lanes256<T> Load(T* source) => new(Vector256.Load(source));

    public static void Store(Lanes256<T> value, T* destination) => value._value.Store(destination);

    public static Lanes256<T> MultiplyAdd(Lanes256<T> a, Lanes256<T> b, Lanes256<T> c)
    {
        if (typeof(T) == typeof(float))
        {
            return new(Vector256.MultiplyAddEstimate(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).As<float, T>());
        }

        return typeof(T) == typeof(double)
            ? new(Vector256.MultiplyAddEstimate(a._value.AsDouble(), b._value.AsDouble(), c._value.AsDouble()).As<double, T>())
            : new(a._value * b._value + c._value);
    }
}
