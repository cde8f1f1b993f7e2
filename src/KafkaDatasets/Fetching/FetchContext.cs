using KafkaDatasets.Fetching.Direct.Records;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Fetching;

/// <summary>The options that an engine needs.</summary>
/// <param name="BootstrapServers">Host and port of brokers, separated by commas.</param>
/// <param name="ClientConfig">Client settings by librdkafka's property names.</param>
/// <param name="OnDataLoss">What to do when offsets of the range are no longer in the log.</param>
/// <param name="Timeout">How long brokers may be unreachable.</param>
/// <param name="Logger">Where to log.</param>
/// <param name="TimeProvider">The clock.</param>
internal sealed record FetchContext(
    string BootstrapServers,
    IReadOnlyDictionary<string, string> ClientConfig,
    DataLossPolicy OnDataLoss,
    TimeSpan Timeout,
    ILogger Logger,
    TimeProvider TimeProvider)
{
    /// <summary>Provides OAUTHBEARER tokens; null when the application provides none.</summary>
    public Func<CancellationToken, Task<OAuthBearerToken>>? TokenProvider { get; init; }

    /// <summary>Where record batches are cached; null for no cache.</summary>
    public DatasetCache? Cache { get; init; }

    /// <summary>Receives what the direct engine has fetched; null for no receiver.</summary>
    public ISliceTap? Tap { get; init; }

    /// <summary>The memory of the passes.</summary>
    public BufferPool Buffers { get; init; } = BufferPool.Shared;

    public override string ToString() => $"{nameof(FetchContext)}({BootstrapServers})";
}
