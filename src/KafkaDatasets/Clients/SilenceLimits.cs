using System.Globalization;

namespace KafkaDatasets.Clients;

/// <summary>How long to wait for brokers that are silent, by the time-out of the options.</summary>
internal static class SilenceLimits
{
    private static readonly TimeSpan LeastOpening = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeastConnecting = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostConnecting = TimeSpan.FromSeconds(10);

    /// <summary>The time without a sign of life after which the log warns.</summary>
    public static TimeSpan Warning => TimeSpan.FromSeconds(3);

    /// <summary>The limit while no broker has ever responded: most likely the address is wrong, which nobody wants to wait long for.</summary>
    public static TimeSpan Opening(TimeSpan timeout) => Least(timeout, timeout / 3 > LeastOpening ? timeout / 3 : LeastOpening);

    /// <summary>What Confluent.Kafka clients are given, unless the user says otherwise, so that a silent address leaves time for the next one while a dataset or a writer is opened.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Properties(TimeSpan timeout) =>
    [
        new("socket.connection.setup.timeout.ms", Milliseconds(Opening(timeout) / 2)),
        new("api.version.request.timeout.ms", Milliseconds(Opening(timeout) / 3)),
    ];

    private static string Milliseconds(TimeSpan limit) =>
        ((long)Least(limit < LeastConnecting ? LeastConnecting : limit, MostConnecting).TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
