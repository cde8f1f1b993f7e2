using System.Globalization;

namespace KafkaDatasets;

/// <summary>
/// The part of each batch that one of several readers takes. Batch k of all readers together is batch k of a single reader, whatever <see cref="World"/> is:
/// every row is read exactly once, and every reader gets the same number of batches.
/// </summary>
public sealed class Shard : IEquatable<Shard>
{
    /// <summary>The names of the launchers, and of the environment variables in which they set the rank and the world size.</summary>
    private static readonly (string Launcher, string Rank, string World)[] Launchers =
    [
        ("torchrun and others", "RANK", "WORLD_SIZE"),
        ("a Kubernetes Indexed Job", "JOB_COMPLETION_INDEX", "WORLD_SIZE"),
        ("Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
        ("Slurm", "SLURM_PROCID", "SLURM_NTASKS"),
    ];

    /// <summary>Creates a shard.</summary>
    /// <param name="rank">The index of this reader, from 0 to <paramref name="world"/> − 1.</param>
    /// <param name="world">The number of readers, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rank is negative or not less than <paramref name="world"/>, or there is no reader.</exception>
    public Shard(int rank, int world)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(world, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, world);
        Rank = rank;
        World = world;
    }

    /// <summary>The shard of a single reader, which takes every row. The default.</summary>
    public static Shard Whole { get; } = new(0, 1);

    /// <summary>The index of this reader, from 0 to <see cref="World"/> − 1.</summary>
    public int Rank { get; }

    /// <summary>The number of readers.</summary>
    public int World { get; }

    /// <summary>
    /// Creates the shard from the environment variables that the launcher of this process sets: <c>RANK</c> and <c>WORLD_SIZE</c> (torchrun and others),
    /// <c>JOB_COMPLETION_INDEX</c> and <c>WORLD_SIZE</c> (a Kubernetes Indexed Job, whose manifest must set <c>WORLD_SIZE</c>),
    /// <c>OMPI_COMM_WORLD_RANK</c> and <c>OMPI_COMM_WORLD_SIZE</c> (Open MPI), or <c>SLURM_PROCID</c> and <c>SLURM_NTASKS</c> (Slurm).
    /// </summary>
    /// <returns>The shard; <see cref="Whole"/> if none of the variables is set.</returns>
    /// <exception cref="InvalidOptionsException">Only one variable of a pair is set, or a value is not a number in the valid range.</exception>
    public static Shard FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <inheritdoc/>
    public bool Equals(Shard? other) => other is not null && Rank == other.Rank && World == other.World;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shard);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, World);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"rank {Rank} of {World}");

    internal static Shard From(Func<string, string?> variable)
    {
        string? Value(string name) => variable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;

        foreach ((_, string rank, string world) in Launchers)
        {
            if (Value(rank) is { } r && Value(world) is { } w)
            {
                return Parse((rank, r), (world, w));
            }
        }

        foreach ((string launcher, string rank, string world) in Launchers)
        {
            if (Value(rank) is not null || Value(world) is not null)
            {
                (string set, string missing) = Value(rank) is null ? (world, rank) : (rank, world);
                throw Invalid($"{set} is set to '{Value(set)}', but {missing} is not set: they belong together ({launcher}), so set it, or use new {nameof(Shard)}(rank, world)");
            }
        }

        return Whole;
    }

    private static Shard Parse((string Name, string Value) rank, (string Name, string Value) world)
    {
        if (!int.TryParse(world.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int w) || w < 1)
        {
            throw Invalid($"{world.Name} is '{world.Value}', which is not a number of at least 1");
        }

        return int.TryParse(rank.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int r) && r < w
            ? new Shard(r, w)
            : throw Invalid(FormattableString.Invariant($"{rank.Name} is '{rank.Value}', which is not a number from 0 to {world.Name} − 1 = {w - 1}"));
    }

    private static InvalidOptionsException Invalid(string fault) => new($"{nameof(Shard)}.{nameof(FromEnvironment)}", [fault]);
}
