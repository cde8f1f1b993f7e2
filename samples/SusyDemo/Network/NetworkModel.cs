namespace SusyDemo.Network;

/// <summary>A trained network with all that is needed to use it.</summary>
/// <param name="Features">The names of its inputs, in their order.</param>
/// <param name="Standardizer">What its inputs go through first.</param>
/// <param name="Network">The network.</param>
/// <param name="Curve">How it learned; empty after loading.</param>
internal sealed record NetworkModel(IReadOnlyList<string> Features, Standardizer Standardizer, DenseNetwork<float> Network, IReadOnlyList<CurvePoint> Curve)
{
    /// <summary>The probability that a row is a signal, row by row.</summary>
    /// <param name="source">The rows; the features are the model's.</param>
    /// <param name="batchSize">How many rows at a time.</param>
    /// <param name="scored">Given the labels and the probabilities of each batch.</param>
    /// <param name="cancellationToken">Ends the scoring.</param>
    public async Task ScoreAsync(IBatchSource source, int batchSize, ScoredRows scored, CancellationToken cancellationToken)
    {
        if (!source.Features.SequenceEqual(Features))
        {
            throw new DemoException($"The network was trained with the features {string.Join(", ", Features)}, and the rows have {string.Join(", ", source.Features)}.");
        }

        DenseNetwork<float>.Workspace workspace = Network.CreateWorkspace(batchSize);
        var inputs = new float[batchSize * Features.Count];
        var probabilities = new float[batchSize];
        await foreach (IRowBatch batch in source.ReadBatchesAsync(batchSize, null, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                Standardizer.Apply(batch.Features, inputs);
                Network.Score(inputs.AsSpan(0, batch.Rows * Features.Count), workspace, probabilities.AsSpan(0, batch.Rows));
                scored(batch.Labels, probabilities.AsSpan(0, batch.Rows));
            }
        }
    }

    /// <summary>Takes the labels and the probabilities of some rows.</summary>
    public delegate void ScoredRows(ReadOnlySpan<float> labels, ReadOnlySpan<float> probabilities);
}
