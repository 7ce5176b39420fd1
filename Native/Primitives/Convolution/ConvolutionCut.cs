using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Convolution;

/// <summary>Elements between neighbours in a weights tensor.</summary>
internal readonly struct WeightsStrides
{
    public readonly long Out, In, Row, Column;

    public WeightsStrides(in ConvolutionDesc desc, WeightsLayout layout)
    {
        long channels = desc.InChannels / desc.Groups;
        (Out, In, Row, Column) = layout switch
        {
            WeightsLayout.Oihw => (channels * desc.KernelHeight * desc.KernelWidth, desc.KernelHeight * desc.KernelWidth, desc.KernelWidth, 1L),
            WeightsLayout.Ohwi => (channels * desc.KernelHeight * desc.KernelWidth, 1L, desc.KernelWidth * channels, channels),
            _ => (1L, desc.OutChannels, desc.KernelWidth * channels * desc.OutChannels, channels * desc.OutChannels),
        };
    }
}

/// <summary>Some output pixels (numbered over batch, height and width) × some output channels of one group.</summary>
internal readonly record struct ConvolutionPiece(long FirstPixel, long Pixels, long Group, long FirstChannel, int Channels);

/// <summary>An output pixel: input row and column of its window's first tap, start of its image and of its output.</summary>
internal struct PixelPlace
{
    public long Row, Column, Image, Destination;
    internal long OutRow, OutColumn, Batch;
}

/// <summary>How a convolution is cut into pieces, and where things are. Pieces that share weights follow each other.</summary>
internal readonly struct ConvolutionCut
{
    public readonly long InChannelsPerGroup, SourceChannelStep, SourcePixelStep, DestinationChannelStep;
    public readonly int Pieces, Threads;
    private readonly long _pixels, _pixelsPerPiece, _pixelPieces, _channelsPerGroup, _channelPieces;
    private readonly long _outHeight, _outWidth, _imageStep, _destinationImageStep, _destinationPixelStep;
    private readonly long _strideH, _strideW, _padTop, _padLeft;
    private readonly int _channelsPerPiece;

    public ConvolutionCut(in ConvolutionDesc desc, int threads, int channelsPerPiece)
    {
        Threads = threads;
        (_outHeight, _outWidth) = (desc.OutHeight, desc.OutWidth);
        (_strideH, _strideW, _padTop, _padLeft) = (desc.StrideH, desc.StrideW, desc.PadTop, desc.PadLeft);
        InChannelsPerGroup = desc.InChannels / desc.Groups;
        _channelsPerGroup = desc.OutChannels / desc.Groups;
        (SourceChannelStep, SourcePixelStep) = desc.SourceLayout == Layout.Nhwc
            ? (1L, desc.InChannels) : (desc.InHeight * desc.InWidth, 1L);
        (DestinationChannelStep, _destinationPixelStep) = desc.DestinationLayout == Layout.Nhwc
            ? (1L, desc.OutChannels) : (_outHeight * _outWidth, 1L);
        _imageStep = desc.InChannels * desc.InHeight * desc.InWidth;
        _destinationImageStep = desc.OutChannels * _outHeight * _outWidth;

        _channelsPerPiece = channelsPerPiece;
        _channelPieces = Shapes.CeilDivide(_channelsPerGroup, channelsPerPiece);
        _pixels = _channelsPerGroup == 0 ? 0 : desc.Batch * _outHeight * _outWidth;
        long others = Math.Max(1, desc.Groups * _channelPieces);
        long wanted = Shapes.CeilDivide((long)threads * PortableBlocks.PiecesPerThread, others);
        _pixelsPerPiece = Math.Clamp(Shapes.RoundUp(Shapes.CeilDivide(_pixels, wanted), 4), 4, PortableBlocks.Rows);
        _pixelPieces = Shapes.CeilDivide(_pixels, _pixelsPerPiece);
        Int128 pieces = (Int128)_pixelPieces * desc.Groups * _channelPieces;
        Pieces = pieces <= int.MaxValue ? (int)pieces
            : throw new FdnnException(Status.Unsupported, $"convolution: {pieces} pieces of work are too many for the portable implementation");
    }

    public ConvolutionPiece Piece(int piece)
    {
        (long rest, long pixels) = Math.DivRem(piece, _pixelPieces);
        (long group, long block) = Math.DivRem(rest, _channelPieces);
        long first = block * _channelsPerPiece;
        return new ConvolutionPiece(
            pixels * _pixelsPerPiece, Math.Min(_pixelsPerPiece, _pixels - pixels * _pixelsPerPiece),
            group, group * _channelsPerGroup + first, (int)Math.Min(_channelsPerPiece, _channelsPerGroup - first));
    }

    public PixelPlace Pixel(long number)
    {
        (long row, long column) = Math.DivRem(number, _outWidth);
        (long batch, row) = Math.DivRem(row, _outHeight);
        var place = new PixelPlace { OutRow = row, OutColumn = column, Batch = batch };
        Locate(ref place);
        return place;
    }

    /// <summary>Moves on to the following pixel.</summary>
    public void Next(ref PixelPlace place)
    {
        if (++place.OutColumn == _outWidth)
        {
            place.OutColumn = 0;
            if (++place.OutRow == _outHeight)
            {
                place.OutRow = 0;
                place.Batch++;
            }
        }

        Locate(ref place);
    }

    private void Locate(ref PixelPlace place)
    {
        place.Row = place.OutRow * _strideH - _padTop;
        place.Column = place.OutColumn * _strideW - _padLeft;
        place.Image = place.Batch * _imageStep;
        place.Destination = place.Batch * _destinationImageStep + (place.OutRow * _outWidth + place.OutColumn) * _destinationPixelStep;
    }
}
