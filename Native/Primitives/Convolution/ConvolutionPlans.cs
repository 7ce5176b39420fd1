namespace FugakuDnn.Native.Primitives.Convolution;

/// <summary>The ways to compute a convolution, best first.</summary>
internal static class ConvolutionPlans
{
    internal static readonly DispatchTable<ConvolutionDesc> Table = new(
        new Implementation<ConvolutionDesc>("brgemm", BrgemmConvolution.Refuse, BrgemmConvolution.Create),
        new Implementation<ConvolutionDesc>("brgemm_nchw", PlanarConvolution.Refuse, PlanarConvolution.Create),
        new Implementation<ConvolutionDesc>("brgemm+transpose", LayoutConvolution.Refuse, LayoutConvolution.Create),
        new Implementation<ConvolutionDesc>(PortableConvolution.Name, (_, _) => null, PortableConvolution.Create));
}
