using System.Globalization;

namespace KafkaDatasets.LightGbm;

/// <summary>The processes that train one model together, and which of them this process is. Rank 0 listens on the coordinator's address, and the other ranks connect to it.</summary>
/// <example>
/// <code>
/// LightGbmWorld world = LightGbmWorld.FromEnvironment();                              // torchrun, Kubernetes, Slurm, Open MPI
/// var second = new LightGbmWorld(rank: 1, size: 4, coordinator: "trainer-0:29500");   // or given
/// </code>
/// </example>
public sealed record LightGbmWorld
{
    /// <summary>The coordinator's default port.</summary>
    public const int DefaultPort = 29500;

    /// <summary>The default address of the coordinator: this machine, port <see cref="DefaultPort"/>.</summary>
    public static readonly string DefaultCoordinator = FormattableString.Invariant($"127.0.0.1:{DefaultPort}");

    /// <summary>Creates a world.</summary>
    /// <param name="rank">The index of this process, from 0 to <paramref name="size"/> − 1.</param>
    /// <param name="size">The number of processes, at least 1.</param>
    /// <param name="coordinator">The host and port on which rank 0 listens, as the other ranks reach it. Default null: <see cref="DefaultCoordinator"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rank is negative or not less than <paramref name="size"/>, or there is no process.</exception>
    public LightGbmWorld(int rank, int size, string? coordinator = null)
    {
        Shard = new Shard(rank, size);
        Coordinator = coordinator ?? DefaultCoordinator;
    }

    /// <summary>The world of a single process, which trains from every row. The default.</summary>
    public static LightGbmWorld Single { get; } = new(0, 1);

    /// <summary>The index of this process, from 0 to <see cref="Size"/> − 1.</summary>
    public int Rank => Shard.Rank;

    /// <summary>The number of processes.</summary>
    public int Size => Shard.World;

    /// <summary>The host and port on which rank 0 listens, as the other ranks reach it.</summary>
    public string Coordinator { get; }

    /// <summary>The port on which this rank listens for connections of higher ranks; 0: any free port. Rank 0 listens on the coordinator's port instead. Default 0.</summary>
    public int ListenPort { get; init; }

    /// <summary>How long a rank waits for all the others to start. Default 5 minutes.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long another rank may be silent, while this one waits for it, before it counts as lost. A rank that works sends a sign of life four times as often. Default 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The part of the rows that this rank trains from.</summary>
    internal Shard Shard { get; }

    /// <summary>
    /// Creates the world from the environment variables that the launcher sets: rank and size as <see cref="Shard.FromEnvironment"/> reads them,
    /// and the coordinator from <c>MASTER_ADDR</c> and <c>MASTER_PORT</c>, as torchrun names them (default 127.0.0.1 and 29500).
    /// </summary>
    /// <returns>The world; <see cref="Single"/> if neither rank nor size is set.</returns>
    /// <exception cref="InvalidOptionsException">Rank or size is missing or invalid, or <c>MASTER_PORT</c> is not a port.</exception>
    public static LightGbmWorld FromEnvironment() => From(Shard.FromEnvironment(), Environment.GetEnvironmentVariable);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"rank {Rank} of {Size}, coordinator {Coordinator}");

    internal static LightGbmWorld From(Shard shard, Func<string, string?> variable)
    {
        string host = variable("MASTER_ADDR") is { } address && !string.IsNullOrWhiteSpace(address) ? address.Trim() : "127.0.0.1";
        string port = variable("MASTER_PORT") is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : DefaultPort.ToString(CultureInfo.InvariantCulture);
        var world = new LightGbmWorld(shard.Rank, shard.World, host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}");
        string[] faults = [.. world.Faults()];
        return faults.Length == 0 ? world : throw new InvalidOptionsException($"{nameof(LightGbmWorld)}.{nameof(FromEnvironment)}", faults);
    }

    /// <summary>The coordinator's host and port, or null if they are not valid.</summary>
    internal (string Host, int Port)? Endpoint()
    {
        int colon = Coordinator.LastIndexOf(':');
        return colon > 0 && int.TryParse(Coordinator.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65535
            ? (Coordinator[..colon].Trim('[', ']'), port)
            : null;
    }

    internal IEnumerable<string> Faults()
    {
        if (Endpoint() is null)
        {
            yield return $"the coordinator '{Coordinator}' is not host:port with a port from 1 to 65535";
        }

        if (ListenPort is < 0 or > 65535)
        {
            yield return FormattableString.Invariant($"{nameof(ListenPort)} is {ListenPort}, not from 0 to 65535");
        }

        foreach ((string name, TimeSpan time) in new[] { (nameof(StartTimeout), StartTimeout), (nameof(Timeout), Timeout) })
        {
            if (time <= TimeSpan.Zero || time.TotalMilliseconds > int.MaxValue)
            {
                yield return $"{name} is {time:c}, not between zero and {TimeSpan.FromMilliseconds(int.MaxValue):c}";
            }
        }
    }
}
