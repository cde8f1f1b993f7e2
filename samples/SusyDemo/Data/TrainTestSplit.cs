namespace SusyDemo.Data;

/// <summary>A random split that depends on nothing but the seed and the row's number: the same rows go to the same side on every run.</summary>
/// <param name="seed">The seed.</param>
/// <param name="trainFraction">The share of the rows that is for training.</param>
internal sealed class TrainTestSplit(int seed, double trainFraction = TrainTestSplit.DefaultTrainFraction)
{
    public const double DefaultTrainFraction = 0.7;

    /// <summary>Whether the row of that number (from 0) is for training.</summary>
    public bool IsTrain(long row)
    {
        SplitMix64 random = SplitMix64.Stream(seed, RandomUse.Split, (ulong)row);
        return random.NextDouble() < trainFraction;
    }
}
