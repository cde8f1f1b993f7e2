namespace SusyDemo.Network;

/// <summary>A dense layer of rectified linear units.</summary>
/// <param name="Units">How many.</param>
/// <param name="Dropout">The share of the units that is left out of each training step.</param>
internal sealed record LayerShape(int Units, double Dropout);
