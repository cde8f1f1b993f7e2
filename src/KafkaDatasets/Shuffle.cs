namespace KafkaDatasets;

/// <summary>
/// A shuffled order of a dataset's rows. The order depends only on the snapshot, the seed and the epoch: it is the same on every machine, with every engine, prefetch and number of shards.
/// Every row occurs exactly once.
/// </summary>
public sealed class Shuffle : IEquatable<Shuffle>
{
    private Shuffle(long seed, long epoch)
    {
        Seed = seed;
        Epoch = epoch;
    }

    /// <summary>The seed of a training run.</summary>
    public long Seed { get; }

    /// <summary>The number of the pass within the run.</summary>
    public long Epoch { get; }

    /// <summary>Creates the shuffled order for one pass of a training run.</summary>
    /// <param name="seed">The seed of the run, which can be any number.</param>
    /// <param name="epoch">The number of the pass; each gives a different order. Default 0.</param>
    /// <returns>The order.</returns>
    /// <example><code>new BatchOptions { Shuffle = Shuffle.Seeded(seed: 42, epoch: 3) }</code></example>
    public static Shuffle Seeded(long seed, long epoch = 0) => new(seed, epoch);

    /// <inheritdoc/>
    public bool Equals(Shuffle? other) => other is not null && Seed == other.Seed && Epoch == other.Epoch;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shuffle);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Seed, Epoch);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"seed {Seed}, epoch {Epoch}");
}
