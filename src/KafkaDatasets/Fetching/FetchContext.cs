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
    /// <summary>Makes OAUTHBEARER tokens; null: the program does not.</summary>
    public Func<CancellationToken, Task<OAuthBearerToken>>? TokenProvider { get; init; }

    /// <summary>Where record batches are kept; null: nowhere.</summary>
    public DatasetCache? Cache { get; init; }

    /// <summary>Sees what the direct engine has fetched; null: nobody.</summary>
    public ISliceTap? Tap { get; init; }

    public override string ToString() => $"{nameof(FetchContext)}({BootstrapServers})";
}
