namespace SusyDemo.Network;

/// <summary>How far training has come.</summary>
/// <param name="Epoch">The epoch, from 1; 0 during the pass for the statistics.</param>
/// <param name="Rows">The rows of that pass, or those of all epochs so far.</param>
/// <param name="Loss">The loss of the last batch.</param>
internal readonly record struct NetworkProgress(int Epoch, long Rows, double Loss);
