using KafkaDatasets.LightGbm.Engine;

namespace KafkaDatasets.LightGbm.Training;

/// <summary>The rows of this rank, in LightGBM's memory.</summary>
/// <param name="Dataset">The rows; null if this rank has none.</param>
/// <param name="Count">Their number.</param>
/// <param name="Weight">The sum of their weights.</param>
internal sealed record RankRows(NativeDataset? Dataset, int Count, double Weight) : IDisposable
{
    public void Dispose() => Dataset?.Dispose();
}
