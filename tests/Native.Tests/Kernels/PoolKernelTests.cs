using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;

namespace FugakuDnn.Native.Tests.Kernels;

/// <summary>Windows over runs of pixels, every number of channels.</summary>
public sealed unsafe class PoolKernelTests
{
    private const int Width = 7, Pixels = 3, Step = 2;

    // Taps of a 2 × 3 window in an image 7 wide.
    private static readonly int[] Taps = [0, 1, 2, Width, Width + 1, Width + 2];

    public static TheoryData<Isa> All => Isas.Generated;

    [Theory, MemberData(nameof(All))]
    public void Every_number_of_channels(Isa isa)
    {
        foreach (WindowReduction kind in Enum.GetValues<WindowReduction>())
        {
            using TestKernel kernel = new(isa, a => PoolKernel.Generate(kind, a));
            using TailBuffer source = new(2 * Width * Lengths.Most), destination = new(Pixels * Lengths.Most), indices = new(Pixels * Lengths.Most);
            for (int channels = 1; channels <= Lengths.Most; channels++)
            {
                // Few different values, so that maxima tie; a NaN here and there, sometimes two in a window.
                float[] x = [.. Lengths.Numbers(2 * Width * channels, channels, 3).Select(value => MathF.Round(value))];
                for (int i = 0; i < x.Length; i += 13)
                {
                    x[i] = float.NaN;
                }

                Check(kernel, kind, x, channels, source, destination, indices, Taps.Length);
                Check(kernel, kind, x, channels, source, destination, indices, 1);
                Check(kernel, kind, x, channels, source, destination, indices, 2);
            }
        }
    }

    private static void Check(
        TestKernel kernel, WindowReduction kind, float[] x, int channels, TailBuffer source, TailBuffer destination, TailBuffer indices, int taps)
    {
        long[] offsets = [.. Taps.Select(tap => (long)tap * channels * 4)];
        float* y = destination.Last(Pixels * channels);
        int* places = (int*)indices.Last(Pixels * channels);
        fixed (long* tapOffsets = offsets)
        fixed (int* positions = Taps)
        {
            kernel.Run(new PoolCall
            {
                Source = source.Fill(x), Destination = y, Indices = places, Pixels = Pixels, PixelStep = Step * channels * 4, Channels = channels,
                Taps = taps, TapOffsets = tapOffsets, TapPositions = positions, Position = 100, PositionStep = Step, Divisor = new DivisorPair(taps),
            });
        }

        for (int i = 0; i < Pixels * channels; i++)
        {
            (int pixel, int channel) = Math.DivRem(i, channels);
            float best = 0;
            int place = -1;
            for (int tap = 0; tap < taps; tap++)
            {
                float value = x[(pixel * Step + Taps[tap]) * channels + channel];
                if (kind == WindowReduction.Mean)
                {
                    best += value;
                }
                else if (tap == 0 || value > best || float.IsNaN(value))
                {
                    (best, place) = (value, 100 + pixel * Step + Taps[tap]);
                }
            }

            Assert.Equal(kind == WindowReduction.Mean ? best / taps : best, y[i]);
            if (kind == WindowReduction.MaxWithIndex)
            {
                Assert.Equal(place, places[i]);
            }
        }
    }
}
