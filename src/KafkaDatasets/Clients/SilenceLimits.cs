using System.Globalization;

namespace KafkaDatasets.Clients;

/// <summary>How long to wait for silent brokers, derived from the timeout of the options.</summary>
internal static class SilenceLimits
{
    private static readonly TimeSpan LeastOpening = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeastConnecting = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostConnecting = TimeSpan.FromSeconds(10);

    /// <summary>The time without any response after which a warning is logged.</summary>
    public static TimeSpan Warning => TimeSpan.FromSeconds(3);

    /// <summary>The limit until any broker has responded: the address is probably wrong, and the user should learn that soon.</summary>
    public static TimeSpan Opening(TimeSpan timeout) => Least(timeout, timeout / 3 > LeastOpening ? timeout / 3 : LeastOpening);

    /// <summary>Default settings of Confluent.Kafka clients, so that a silent address leaves time for the next one while a dataset or a writer is opened.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Properties(TimeSpan timeout) =>
    [
        new("socket.connection.setup.timeout.ms", Milliseconds(Opening(timeout) / 2)),
        new("api.version.request.timeout.ms", Milliseconds(Opening(timeout) / 3)),
    ];

    /// <summary>How long a topic that was there must be unknown to all brokers to count as deleted, in milliseconds.</summary>
    public static string Absence(TimeSpan timeout) => Milliseconds(timeout / 2);

    private static string Milliseconds(TimeSpan limit) =>
        ((long)Least(limit < LeastConnecting ? LeastConnecting : limit, MostConnecting).TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
