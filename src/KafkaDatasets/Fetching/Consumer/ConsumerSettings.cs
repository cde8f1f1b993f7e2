using System.Globalization;
using Confluent.Kafka;
using KafkaDatasets.Clients;

namespace KafkaDatasets.Fetching.Consumer;

/// <summary>The settings of the Confluent.Kafka clients: the defaults, overridden by the user's, overridden by those that the engine relies on.</summary>
internal static class ConsumerSettings
{
    /// <summary>The setting that limits the size of responses and of decompressed batches.</summary>
    public const string MaxResponse = "receive.message.max.bytes";

    private const string AutoCreation = "allow.auto.create.topics";

    /// <summary>The settings that override the user's in a reading pass.</summary>
    public static IReadOnlyDictionary<string, string> Fixed { get; } = new Dictionary<string, string>
    {
        ["group.id"] = "kafka-datasets", // the client requires one; the group is never joined and nothing is committed
        ["enable.auto.commit"] = "false",
        ["enable.auto.offset.store"] = "false",
        ["enable.partition.eof"] = "true",
        ["auto.offset.reset"] = "error",
        ["isolation.level"] = "read_committed",
        [AutoCreation] = "false", // reading a topic that does not exist must not create it
    };

    /// <summary>Settings that any client needs to reach the brokers.</summary>
    public static ClientConfig For(FetchContext context) => new(Merge(SilenceLimits.Properties(context.Timeout), context, [new(AutoCreation, "false")])); // an admin client's default is true

    /// <summary>Settings of a consumer for one pass: no group, no commits, committed records only, checksums checked, memory bounded.</summary>
    public static ConsumerConfig For(FetchContext context, long queuedBytes)
    {
        long queuedKilobytes = Math.Clamp(queuedBytes >> 10, 1, 2_097_151);
        IEnumerable<KeyValuePair<string, string>> defaults =
        [
            .. SilenceLimits.Properties(context.Timeout),
            new("check.crcs", "true"),
            new(MaxResponse, MaxResponseBytes(context.ClientConfig).ToString(CultureInfo.InvariantCulture)),
            new("queued.max.messages.kbytes", queuedKilobytes.ToString(CultureInfo.InvariantCulture)),
            new("fetch.wait.max.ms", "100"),
            new("fetch.queue.backoff.ms", "10"),
            new("fetch.error.backoff.ms", "100"),
            new("socket.nagle.disable", "true"),
            new("reconnect.backoff.ms", "50"),
            new("reconnect.backoff.max.ms", "1000"),
            new("max.poll.interval.ms", "86400000"),
        ];
        return new ConsumerConfig(Merge(defaults, context, Fixed)) { ConsumeResultFields = "headers,timestamp" };
    }

    /// <summary>The maximum size in bytes of a response, and of a decompressed zstd batch.</summary>
    /// <remarks>
    /// The client does not know the decompressed length of a zstd batch without a content size: it tries buffers, each three times as large as the last,
    /// up to this limit. To read every batch of up to its default of 100 MB, the limit must be three times that.
    /// </remarks>
    public static long MaxResponseBytes(IReadOnlyDictionary<string, string> config)
    {
        const long tripleDefault = 300_000_000;
        if (config.TryGetValue(MaxResponse, out string? set) && long.TryParse(set, NumberStyles.None, CultureInfo.InvariantCulture, out long limit))
        {
            return limit;
        }

        return config.TryGetValue("fetch.max.bytes", out string? most) && long.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out long fetched)
            ? Math.Clamp(fetched + 512, tripleDefault, int.MaxValue)
            : tripleDefault;
    }

    /// <summary>The exception for settings that the client rejects in combination: each one was checked individually with the options.</summary>
    public static InvalidOptionsException Refused(Exception e) =>
        new(nameof(KafkaDatasetOptions), [$"{nameof(KafkaDatasetOptions.ClientConfig)}: {e.Message.Trim().TrimEnd('.')}"]);

    private static Dictionary<string, string> Merge(IEnumerable<KeyValuePair<string, string>> defaults, FetchContext context, IEnumerable<KeyValuePair<string, string>> last)
    {
        var settings = new Dictionary<string, string>();
        foreach ((string name, string value) in defaults.Concat(ClientProperties.PassedOn(context.ClientConfig)).Concat(last).Append(new("bootstrap.servers", context.BootstrapServers)))
        {
            settings[name] = value;
        }

        return settings;
    }
}
