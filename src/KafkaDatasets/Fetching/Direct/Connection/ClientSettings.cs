using System.Globalization;
using KafkaDatasets.Clients;

namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>The client settings that the engine supports, read from librdkafka's property names.</summary>
internal sealed class ClientSettings
{
    /// <summary>Properties that have no meaning for reading ranges, and those that tune librdkafka's internals.</summary>
    private static readonly HashSet<string> Ignored = new(StringComparer.Ordinal)
    {
        // consumers
        "allow.auto.create.topics", "auto.commit.interval.ms", "auto.offset.reset", "check.crcs", "coordinator.query.interval.ms",
        "enable.auto.commit", "enable.auto.offset.store", "enable.partition.eof", "fetch.error.backoff.ms", "fetch.queue.backoff.ms", "group.id",
        "group.instance.id", "group.protocol", "group.protocol.type", "group.remote.assignor", "heartbeat.interval.ms", "max.poll.interval.ms", "max.poll.records", "partition.assignment.strategy",
        "queued.max.messages.kbytes", "queued.min.messages", "session.timeout.ms", "share.acknowledgement.mode",

        // producers
        "acks", "batch.num.messages", "batch.size", "compression.codec", "compression.level", "compression.type", "delivery.timeout.ms", "enable.gapless.guarantee",
        "enable.idempotence", "linger.ms", "max.in.flight", "max.in.flight.requests.per.connection", "message.copy.max.bytes", "message.max.bytes",
        "message.send.max.retries", "message.timeout.ms", "partitioner", "queue.buffering.backpressure.threshold", "queue.buffering.max.kbytes",
        "queue.buffering.max.messages", "queue.buffering.max.ms", "request.required.acks", "request.timeout.ms", "retries", "sticky.partitioning.linger.ms",
        "transaction.timeout.ms", "transactional.id",

        // clients
        "api.version.fallback.ms", "api.version.request", "api.version.request.timeout.ms", "bootstrap.servers", "broker.address.ttl", "broker.version.fallback",
        "connections.max.idle.ms", "debug", "enable.metrics.push", "enable.random.seed", "enable.sparse.connections", "internal.termination.signal",
        "log.connection.close", "log.queue", "log.thread.name", "log_level", "metadata.broker.list", "metadata.max.age.ms", "metadata.recovery.rebootstrap.trigger.ms",
        "metadata.recovery.strategy", "reconnect.backoff.jitter.ms", "reconnect.backoff.max.ms", "reconnect.backoff.ms", "socket.blocking.max.ms",
        "socket.max.fails", "socket.nagle.disable", "statistics.interval.ms", "topic.blacklist", "topic.metadata.propagation.max.ms",
        "topic.metadata.refresh.fast.cnt", "topic.metadata.refresh.fast.interval.ms", "topic.metadata.refresh.interval.ms", "topic.metadata.refresh.sparse",
    };

    private readonly List<string> _faults = [];
    private readonly HashSet<string> _faulty = [];
    private readonly List<string> _notHonoured = [];

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

    /// <summary>The source of OAUTHBEARER tokens; null when the application provides none.</summary>
    public TokenCache? Tokens { get; init; }

    /// <summary>The problems that make the settings invalid for any engine.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The names of the settings with such problems.</summary>
    public IReadOnlySet<string> Faulty => _faulty;

    /// <summary>The settings that may be valid, but that the engine does not support.</summary>
    public IReadOnlyList<string> NotHonoured => _notHonoured;

    /// <summary>The time limit for one request and its whole response.</summary>
    public TimeSpan RequestTimeout { get; private set; } = TimeSpan.FromSeconds(60);

    public TimeSpan ConnectTimeout { get; private set; } = TimeSpan.FromSeconds(30);

    public TimeSpan RetryBackoff { get; private set; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan RetryBackoffMax { get; private set; } = TimeSpan.FromSeconds(1);

    public int ReceiveBufferBytes { get; private set; }

    public int SendBufferBytes { get; private set; }

    public bool KeepAlive { get; private set; }

    /// <summary>The address family of the brokers; null for any.</summary>
    public System.Net.Sockets.AddressFamily? AddressFamily { get; private set; }

    public TimeSpan FetchMaxWait { get; private set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The same at the head of the log, where requests that wait are the rule: by default as long as the consumer engine waits.</summary>
    public TimeSpan HeadMaxWait { get; private set; } = TimeSpan.FromMilliseconds(100);

    public int FetchMinBytes { get; private set; } = 1;

    public int FetchMaxBytes { get; private set; } = 52_428_800;

    /// <summary>The configured maximum number of bytes per partition; null when the engine chooses.</summary>
    public int? PartitionMaxBytes { get; private set; }

    public int MaxResponseBytes { get; private set; } = 100_000_000;

    /// <summary>Reads the settings.</summary>
    /// <param name="config">The settings by librdkafka's property names.</param>
    /// <param name="hasTokens">Whether the application provides OAUTHBEARER tokens.</param>
    /// <param name="tokens">The source of the tokens.</param>
    public static ClientSettings Parse(IReadOnlyDictionary<string, string> config, bool hasTokens, TokenCache? tokens = null)
    {
        var settings = new ClientSettings { Tokens = tokens };
        bool useSasl = false;
        string mechanism = "GSSAPI";
        foreach ((string name, string value) in config.Where(p => p.Value is not null))
        {
            if (settings.Read(name, value, ref useSasl, ref mechanism) is { } fault)
            {
                settings._faults.Add(fault);
                settings._faulty.Add(name);
            }
        }

        if (useSasl)
        {
            settings.ReadMechanism(mechanism, hasTokens);
        }

        return settings;
    }

    /// <summary>Whether the engine supports a property, for at least some of its values.</summary>
    public static bool IsHonoured(string name)
    {
        bool useSasl = false;
        string mechanism = "";
        var probe = new ClientSettings();
        probe.Read(name, "", ref useSasl, ref mechanism);
        return !IsIgnored(name) && !probe._notHonoured.Contains(Unknown(name));
    }

    /// <summary>Whether a property is irrelevant to the engine.</summary>
    public static bool IsIgnored(string name) => Ignored.Contains(name) || name.StartsWith("dotnet.", StringComparison.Ordinal);

    private static string Unknown(string name) => $"it does not know the property {name}";

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
                return UseTls || useSasl || protocol == "plaintext" ? null : $"security.protocol is '{value}': use one of plaintext, ssl, sasl_plaintext, sasl_ssl";
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
            case "sasl.oauthbearer.method" when value == "default":
                return null;
            case "broker.address.family":
                AddressFamily = value switch
                {
                    "v4" => System.Net.Sockets.AddressFamily.InterNetwork,
                    "v6" => System.Net.Sockets.AddressFamily.InterNetworkV6,
                    _ => null,
                };
                return value is "any" or "v4" or "v6" ? null : $"broker.address.family is '{value}': use one of any, v4, v6";
            case "client.dns.lookup":
                if (value != "use_all_dns_ips")
                {
                    _notHonoured.Add($"it does not honour client.dns.lookup = {value}");
                }

                return null;
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
                return ReadNumber(name, value, 0, n => FetchMaxWait = HeadMaxWait = TimeSpan.FromMilliseconds(n));
            case "fetch.min.bytes":
                return ReadNumber(name, value, 1, n => FetchMinBytes = n);
            case "fetch.max.bytes":
                return ReadNumber(name, value, 1, n => FetchMaxBytes = n);
            case "max.partition.fetch.bytes" or "fetch.message.max.bytes":
                return ReadNumber(name, value, 1, n => PartitionMaxBytes = n);
            case "receive.message.max.bytes":
                return ReadNumber(name, value, 1000, n => MaxResponseBytes = n);
            default:
                if (Tls.Handles(name))
                {
                    return Tls.Read(name, value);
                }

                if (!IsIgnored(name))
                {
                    _notHonoured.Add(Unknown(name));
                }

                return null;
        }
    }

    private void ReadMechanism(string mechanism, bool hasTokens)
    {
        Sasl = mechanism.ToUpperInvariant() switch
        {
            "PLAIN" => SaslMechanism.Plain,
            "SCRAM-SHA-256" => SaslMechanism.ScramSha256,
            "SCRAM-SHA-512" => SaslMechanism.ScramSha512,
            "OAUTHBEARER" when hasTokens => SaslMechanism.OAuthBearer,
            _ => SaslMechanism.None,
        };
        if (Sasl == SaslMechanism.None)
        {
            _notHonoured.Add(mechanism.Equals("OAUTHBEARER", StringComparison.OrdinalIgnoreCase)
                ? $"it speaks OAUTHBEARER only with {nameof(KafkaDatasetOptions.OAuthBearerTokenProvider)}"
                : $"it does not support the SASL mechanism {mechanism}, only PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER");
        }
        else if (Sasl != SaslMechanism.OAuthBearer && UserName.Length == 0)
        {
            _faults.Add($"sasl.username is empty, which {mechanism} needs");
        }
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
        switch (value.ToLowerInvariant())
        {
            case "true" or "t" or "1":
                set(true);
                return null;
            case "false" or "f" or "0":
                set(false);
                return null;
            default:
                return $"{name} is neither true nor false";
        }
    }
}
