using Confluent.Kafka;

namespace KafkaDatasets.Clients;

/// <summary>Validates client settings, whichever engine or writer uses them.</summary>
internal static class ClientProperties
{
    /// <summary>An unknown property name: creating a client with it always fails, but only after the properties before it were accepted.</summary>
    private const string Sentinel = "kafkadatasets.sentinel";

    private static readonly string[] Files = ["ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location"];

    /// <summary>The settings of a Confluent.Kafka client without its servers, which are a separate option.</summary>
    public static Dictionary<string, string> Of(ClientConfig client) =>
        client.Where(p => !IsServers(p.Key)).ToDictionary(p => p.Key, p => p.Value);

    /// <summary>The user's settings for every Confluent.Kafka client: without its servers, and without the wrapper's own settings, which the library sets.</summary>
    public static IEnumerable<KeyValuePair<string, string>> PassedOn(IReadOnlyDictionary<string, string> config) =>
        config.Where(p => !IsServers(p.Key) && !p.Key.StartsWith("dotnet.", StringComparison.Ordinal));

    /// <summary>Adds the problems that apply to every client: missing values, servers given twice, and SASL without what its mechanism needs.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="bootstrapServers">The servers given in the options.</param>
    /// <param name="hasTokens">Whether the application provides OAUTHBEARER tokens.</param>
    /// <param name="faults">The list to add the problems to.</param>
    public static void Check(IReadOnlyDictionary<string, string> config, string? bootstrapServers, bool hasTokens, List<string> faults)
    {
        const string option = nameof(KafkaDatasetOptions.ClientConfig);
        faults.AddRange(config.Where(s => s.Value is null).Select(s => $"{option} has no value for '{s.Key}'"));
        foreach ((string name, string value) in config.Where(s => IsServers(s.Key) && s.Value is not null && s.Value != bootstrapServers))
        {
            faults.Add($"{option} has {name} = {value}: set {nameof(KafkaDatasetOptions.BootstrapServers)} to it instead, and remove it from {option}");
        }

        string protocol = Find(config, "security.protocol")?.ToLowerInvariant() ?? "plaintext";
        string mechanism = Find(config, "sasl.mechanism", "sasl.mechanisms")?.ToUpperInvariant() ?? "GSSAPI";
        bool isSasl = protocol is "sasl_plaintext" or "sasl_ssl";
        if (hasTokens && (!isSasl || mechanism != "OAUTHBEARER"))
        {
            faults.Add($"{nameof(KafkaDatasetOptions.OAuthBearerTokenProvider)} is set, but {option} does not have security.protocol = SASL_SSL (or SASL_PLAINTEXT) and sasl.mechanism = OAUTHBEARER");
        }

        if (isSasl && mechanism == "OAUTHBEARER" && !hasTokens && Find(config, "sasl.oauthbearer.method")?.ToLowerInvariant() != "oidc" && !IsTrue(Find(config, "enable.sasl.oauthbearer.unsecure.jwt")))
        {
            faults.Add($"{option} has sasl.mechanism = OAUTHBEARER, but there is nothing to make tokens with: set {nameof(KafkaDatasetOptions.OAuthBearerTokenProvider)}, or sasl.oauthbearer.method = oidc with its properties");
        }

        if (isSasl && mechanism is "PLAIN" or "SCRAM-SHA-256" or "SCRAM-SHA-512")
        {
            faults.AddRange(new[] { "sasl.username", "sasl.password" }.Where(n => string.IsNullOrEmpty(Find(config, n))).Select(n => $"{option} has no {n}, which sasl.mechanism = {mechanism} needs"));
        }

        if (protocol is "ssl" or "sasl_ssl")
        {
            faults.AddRange(Files
                .Where(n => Find(config, n) is { Length: > 0 } path && path != "probe" && !File.Exists(path) && !Directory.Exists(path))
                .Select(n => $"{option} has {n} = {config[n]}, but there is no such file"));
        }
    }

    /// <summary>Adds the problems that librdkafka finds in names and values, without creating a client.</summary>
    public static void Probe(IEnumerable<KeyValuePair<string, string>> properties, List<string> faults)
    {
        foreach (KeyValuePair<string, string> property in properties.Where(p => p.Value is not null && !p.Key.StartsWith("dotnet.", StringComparison.Ordinal)))
        {
            try
            {
                new ProducerBuilder<Null, Null>([property, new(Sentinel, "")]).SetLogHandler(static (_, _) => { }).Build().Dispose();
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
            {
                if (!e.Message.Contains(Sentinel, StringComparison.Ordinal))
                {
                    faults.Add($"{nameof(KafkaDatasetOptions.ClientConfig)}: {property.Key}: {e.Message.Trim().TrimEnd('.')}");
                }
            }
        }
    }

    private static bool IsServers(string name) => name is "bootstrap.servers" or "metadata.broker.list";

    private static bool IsTrue(string? value) => value is "true" or "t" or "1";

    private static string? Find(IReadOnlyDictionary<string, string> config, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (config.TryGetValue(name, out string? value))
            {
                return value;
            }
        }

        return null;
    }
}
