using System.Globalization;

namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>The client settings that the engine honours, read from librdkafka's property names.</summary>
internal sealed class ClientSettings
{
    /// <summary>Properties that have no meaning for a reader of ranges, or that only tune librdkafka's own machinery.</summary>
    private static readonly HashSet<string> Ignored = new(StringComparer.Ordinal)
    {
        "allow.auto.create.topics", "api.version.fallback.ms", "api.version.request", "api.version.request.timeout.ms",
        "auto.commit.interval.ms", "auto.offset.reset", "bootstrap.servers", "broker.address.ttl", "broker.version.fallback", "check.crcs",
        "connections.max.idle.ms", "coordinator.query.interval.ms", "debug", "enable.auto.commit", "enable.auto.offset.store", "enable.metrics.push",
        "enable.partition.eof", "enable.random.seed", "enable.sparse.connections", "fetch.error.backoff.ms", "fetch.queue.backoff.ms", "group.id",
        "group.instance.id", "group.protocol", "heartbeat.interval.ms", "internal.termination.signal", "log.connection.close", "log.queue",
        "log.thread.name", "log_level", "max.in.flight", "max.in.flight.requests.per.connection", "max.poll.interval.ms", "message.copy.max.bytes",
        "message.max.bytes", "metadata.broker.list", "metadata.max.age.ms", "metadata.recovery.strategy", "partition.assignment.strategy",
        "queued.max.messages.kbytes", "queued.min.messages", "reconnect.backoff.jitter.ms", "reconnect.backoff.max.ms", "reconnect.backoff.ms",
        "session.timeout.ms", "socket.blocking.max.ms", "socket.max.fails", "socket.nagle.disable", "statistics.interval.ms",
        "topic.blacklist", "topic.metadata.propagation.max.ms", "topic.metadata.refresh.fast.cnt", "topic.metadata.refresh.fast.interval.ms",
        "topic.metadata.refresh.interval.ms", "topic.metadata.refresh.sparse",
    };

    private ClientSettings()
    {
    }

    public string ClientId { get; private set; } = "kafkadatasets";

    public string Rack { get; private set; } = "";

    public bool UseTls { get; private set; }

    public TlsSettings Tls { get; } = new();

    public SaslMechanism Sasl { get; private set; }

    public string UserName { get; private set; } = "";

    public string Password { get; private set; } = "";

    /// <summary>For one request, all of it.</summary>
    public TimeSpan RequestTimeout { get; private set; } = TimeSpan.FromSeconds(60);

    public TimeSpan ConnectTimeout { get; private set; } = TimeSpan.FromSeconds(30);

    public TimeSpan RetryBackoff { get; private set; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan RetryBackoffMax { get; private set; } = TimeSpan.FromSeconds(1);

    public int ReceiveBufferBytes { get; private set; }

    public int SendBufferBytes { get; private set; }

    public bool KeepAlive { get; private set; }

    /// <summary>The address family of the brokers; null: any.</summary>
    public System.Net.Sockets.AddressFamily? AddressFamily { get; private set; }

    public TimeSpan FetchMaxWait { get; private set; } = TimeSpan.FromMilliseconds(500);

    public int FetchMinBytes { get; private set; } = 1;

    public int FetchMaxBytes { get; private set; } = 52_428_800;

    /// <summary>Null: the engine's choice.</summary>
    public int? PartitionMaxBytes { get; private set; }

    public int MaxResponseBytes { get; private set; } = 100_000_000;

    /// <summary>Reads the settings; null and why, where the engine cannot honour one.</summary>
    public static ClientSettings? TryParse(IReadOnlyDictionary<string, string> config, out string? reason)
    {
        var settings = new ClientSettings();
        bool useSasl = false;
        string mechanism = "GSSAPI";
        foreach ((string name, string value) in config)
        {
            reason = settings.Read(name, value, ref useSasl, ref mechanism);
            if (reason is not null)
            {
                return null;
            }
        }

        reason = useSasl ? settings.ReadMechanism(mechanism) : null;
        return reason is null ? settings : null;
    }

    private static bool IsNumber(string value, int least, out int number) =>
        int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && number >= least;

    private string? Read(string name, string value, ref bool useSasl, ref string mechanism)
    {
        switch (name)
        {
            case "client.id":
                ClientId = value;
                return value.Length <= 1024 ? null : "client.id has more than 1,024 characters";
            case "client.rack":
                Rack = value;
                return value.Length <= 1024 ? null : "client.rack has more than 1,024 characters";
            case "security.protocol":
                string protocol = value.ToLowerInvariant();
                UseTls = protocol is "ssl" or "sasl_ssl";
                useSasl = protocol is "sasl_plaintext" or "sasl_ssl";
                return UseTls || useSasl || protocol == "plaintext" ? null : $"security.protocol is '{value}': it is one of plaintext, ssl, sasl_plaintext, sasl_ssl";
            case "sasl.mechanism" or "sasl.mechanisms":
                mechanism = value;
                return null;
            case "sasl.username":
                UserName = value;
                return null;
            case "sasl.password":
                Password = value;
                return null;
            case "isolation.level":
                return value == "read_committed" ? null : "isolation.level is not read_committed, and a dataset holds committed records";
            case "broker.address.family":
                AddressFamily = value switch
                {
                    "v4" => System.Net.Sockets.AddressFamily.InterNetwork,
                    "v6" => System.Net.Sockets.AddressFamily.InterNetworkV6,
                    _ => null,
                };
                return value is "any" or "v4" or "v6" ? null : $"broker.address.family is '{value}': it is one of any, v4, v6";
            case "client.dns.lookup":
                return value == "use_all_dns_ips" ? null : $"it does not honour client.dns.lookup={value}";
            case "socket.keepalive.enable":
                return ReadBoolean(name, value, b => KeepAlive = b);
            case "socket.timeout.ms":
                return ReadNumber(name, value, 10, n => RequestTimeout = TimeSpan.FromMilliseconds(n));
            case "socket.connection.setup.timeout.ms":
                return ReadNumber(name, value, 1, n => ConnectTimeout = TimeSpan.FromMilliseconds(n));
            case "socket.receive.buffer.bytes":
                return ReadNumber(name, value, 0, n => ReceiveBufferBytes = n);
            case "socket.send.buffer.bytes":
                return ReadNumber(name, value, 0, n => SendBufferBytes = n);
            case "retry.backoff.ms":
                return ReadNumber(name, value, 1, n => RetryBackoff = TimeSpan.FromMilliseconds(n));
            case "retry.backoff.max.ms":
                return ReadNumber(name, value, 1, n => RetryBackoffMax = TimeSpan.FromMilliseconds(n));
            case "fetch.wait.max.ms":
                return ReadNumber(name, value, 0, n => FetchMaxWait = TimeSpan.FromMilliseconds(n));
            case "fetch.min.bytes":
                return ReadNumber(name, value, 1, n => FetchMinBytes = n);
            case "fetch.max.bytes":
                return ReadNumber(name, value, 1, n => FetchMaxBytes = n);
            case "max.partition.fetch.bytes" or "fetch.message.max.bytes":
                return ReadNumber(name, value, 1, n => PartitionMaxBytes = n);
            case "receive.message.max.bytes":
                return ReadNumber(name, value, 1000, n => MaxResponseBytes = n);
            default:
                return Tls.Handles(name) ? Tls.Read(name, value) : Ignored.Contains(name) ? null : $"it does not honour the property {name}";
        }
    }

    private string? ReadMechanism(string mechanism)
    {
        Sasl = mechanism.ToUpperInvariant() switch
        {
            "PLAIN" => SaslMechanism.Plain,
            "SCRAM-SHA-256" => SaslMechanism.ScramSha256,
            "SCRAM-SHA-512" => SaslMechanism.ScramSha512,
            _ => SaslMechanism.None,
        };
        return Sasl == SaslMechanism.None
            ? $"it does not speak the SASL mechanism {mechanism}, but PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512"
            : UserName.Length == 0 ? $"sasl.username is empty, which {mechanism} needs" : null;
    }

    private static string? ReadNumber(string name, string value, int least, Action<int> set)
    {
        if (!IsNumber(value, least, out int number))
        {
            return $"{name} is not a number of at least {least}";
        }

        set(number);
        return null;
    }

    internal static string? ReadBoolean(string name, string value, Action<bool> set)
    {
        if (!bool.TryParse(value, out bool flag))
        {
            return $"{name} is neither true nor false";
        }

        set(flag);
        return null;
    }
}
