using FugakuDnn.Native.Kernels;

namespace FugakuDnn.Native.Primitives;

/// <summary>Translates what a descriptor fuses into what the GEMM's epilogue does.</summary>
internal static class Epilogues
{
    /// <summary>activation(alpha·sum + bias + beta·residual).</summary>
    public static GemmEpilogue Make(bool bias, bool residual, ActivationDesc activation, float alpha = 1, float beta = 1) => new(
        bias, residual, alpha, beta,
        activation.Kind switch
        {
            Activation.None => GemmActivation.None,
            Activation.Relu => GemmActivation.Relu,
            Activation.LeakyRelu => GemmActivation.LeakyRelu,
            Activation.Clip => GemmActivation.Clip,
            Activation.Linear => GemmActivation.Linear,
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation.Kind, "is not fusable"),
        },
        activation.Alpha, activation.Beta);
}
