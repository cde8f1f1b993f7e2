namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>How well a shuffled order mixes, beside a full permutation of the same rows.</summary>
internal sealed record ShuffleQuality
{
    private const int Bins = 1024;
    private const int Features = 18;

    /// <summary>Constant, so that the last rows count as much as the first; small, so that they alone do not move the area under the curve by more than what is to be shown.</summary>
    private const double LearningRate = 0.001;

    public double CanonicalEntropy { get; private init; }

    public double Entropy { get; private init; }

    public double FullEntropy { get; private init; }

    public Learned Sorted { get; private init; }

    public Learned Shuffled { get; private init; }

    public Learned Full { get; private init; }

    /// <summary>Reads a shuffled pass and compares.</summary>
    public static async Task<ShuffleQuality> MeasureAsync(KafkaDataset dataset, CancellationToken cancellationToken)
    {
        long[] shuffled = await PlacesAsync(dataset, Shuffle.Seeded(7, 1), cancellationToken);
        long[] canonical = await PlacesAsync(dataset, null, cancellationToken);
        long[] full = [.. canonical];
        new Random(3).Shuffle(full);
        long rows = canonical.Length;
        return new ShuffleQuality
        {
            CanonicalEntropy = EntropyOf(canonical, rows),
            Entropy = EntropyOf(shuffled, rows),
            FullEntropy = EntropyOf(full, rows),
            Sorted = Learn(canonical, rows),
            Shuffled = Learn(shuffled, rows),
            Full = Learn(full, rows),
        };
    }

    /// <summary>The places in the log, partition after partition, of the rows in the order in which they come.</summary>
    private static async Task<long[]> PlacesAsync(KafkaDataset dataset, Shuffle? shuffle, CancellationToken cancellationToken)
    {
        var starts = new Dictionary<int, long>();
        long length = 0;
        foreach (PartitionRange range in dataset.Snapshot.Partitions)
        {
            starts.Add(range.Partition, length - range.Start);
            length += range.Length;
        }

        var places = new List<long>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Shuffle = shuffle }, cancellationToken))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++)
                {
                    places.Add(starts[batch.Partitions[row]] + batch.Offsets[row]);
                }
            }
        }

        return [.. places];
    }

    private static double EntropyOf(long[] places, long rows)
    {
        long[] bins = new long[Bins];
        for (int i = 1; i < places.Length; i++)
        {
            bins[(places[i] - places[i - 1] + rows) * Bins / (2 * rows)]++;
        }

        double total = places.Length - 1;
        return bins.Where(b => b > 0).Sum(b => -(b / total) * Math.Log2(b / total));
    }

    /// <summary>
    /// One pass of SGD over rows whose label depends on their place alone, all of one class before all of the other: the worst log that there is.
    /// The features are drawn from the place, so that every order has the same rows. They are positive, as most measurements are, and half of them are lower in the second class.
    /// A pass over one class after the other ends with a model that takes nearly every row for one of the second class: that shows in the log loss, while the area under the curve depends on how rows are ranked alone.
    /// </summary>
    private static Learned Learn(long[] places, long rows)
    {
        double[] weights = new double[Features + 1];
        double[] features = new double[Features];
        foreach (long place in places)
        {
            double label = Draw(place, place >= rows / 2, features);
            double step = LearningRate * (Probability(weights, features) - label);
            for (int i = 0; i < Features; i++)
            {
                weights[i] -= step * features[i];
            }

            weights[Features] -= step;
        }

        const int tests = 40_000;
        var scored = new (double Score, bool IsPositive)[tests];
        for (int i = 0; i < tests; i++)
        {
            bool isPositive = i % 2 == 0;
            Draw(rows + i, isPositive, features);
            scored[i] = (Probability(weights, features), isPositive);
        }

        Array.Sort(scored, (a, b) => a.Score.CompareTo(b.Score));
        double ranks = 0;
        double loss = 0;
        for (int i = 0; i < tests; i++)
        {
            (double score, bool isPositive) = scored[i];
            ranks += isPositive ? i + 1 : 0;
            loss -= Math.Log(Math.Max(isPositive ? score : 1 - score, 1e-15));
        }

        const double half = tests / 2;
        return new Learned((ranks - (half * (half + 1) / 2)) / (half * half), loss / tests);
    }

    private static double Draw(long place, bool isPositive, double[] features)
    {
        ulong state = (ulong)place * 0x9E3779B97F4A7C15;
        for (int i = 0; i < features.Length; i++)
        {
            state = (state ^ (state >> 31)) * 0xBF58476D1CE4E5B9;
            features[i] = ((state >> 11) * (1.0 / (1UL << 53)) * 2) + (isPositive ? (i % 2 == 0 ? 0.02 : -0.02) * i : 0);
        }

        return isPositive ? 1 : 0;
    }

    private static double Probability(double[] weights, double[] features)
    {
        double sum = weights[^1];
        for (int i = 0; i < features.Length; i++)
        {
            sum += weights[i] * features[i];
        }

        return 1 / (1 + Math.Exp(-sum));
    }

    /// <summary>What was learned in an order.</summary>
    /// <param name="Auc">The area under the ROC curve.</param>
    /// <param name="LogLoss">The mean log loss, in nats.</param>
    internal readonly record struct Learned(double Auc, double LogLoss);
}
