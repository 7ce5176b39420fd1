namespace FugakuDnn.Native.Tensors;

/// <summary>Order of a dense activation's dimensions in memory. The numbers are part of the C ABI.</summary>
public enum Layout
{
    /// <summary>Channels last: batch, height, width, channels.</summary>
    Nhwc = 0,

    /// <summary>Channels first: batch, channels, height, width.</summary>
    Nchw = 1,
}

/// <summary>Order of a dense convolution weight's dimensions. I is the number of input channels of one group.</summary>
public enum WeightsLayout
{
    /// <summary>PyTorch, contiguous.</summary>
    Oihw = 0,

    /// <summary>PyTorch, channels_last.</summary>
    Ohwi = 1,

    /// <summary>TensorFlow.</summary>
    Hwio = 2,
}
