using DotNetEnv;

namespace SusyDemo.Settings;

/// <summary>
/// Finds the settings of the cluster: the options of the command line, or the demo's names in the environment or in a <c>.env</c> file.
/// The credentials of an address are used for that address alone: an address on the command line has none.
/// </summary>
/// <param name="environment">Reads an environment variable.</param>
internal sealed class ClusterSettingsReader(Func<string, string?> environment)
{
    public const string DefaultFile = ".env";

    private const string BootstrapOption = "--bootstrap-servers";
    private const string RegistryOption = "--schema-registry";

    private static readonly string[] KafkaNames = ["CCLOUD_BOOTSTRAP_ENDPOINT", "CCLOUD_CLUSTER_API_KEY", "CCLOUD_CLUSTER_API_SECRET"];
    private static readonly string[] RegistryNames =
        ["CCLOUD_SCHEMA_REGISTRY_ENDPOINT", "CCLOUD_SCHEMA_REGISTRY_API_KEY", "CCLOUD_SCHEMA_REGISTRY_API_SECRET"];

    /// <summary>The settings, or null if there are none at all.</summary>
    /// <param name="bootstrapServers">The brokers on the command line, or null.</param>
    /// <param name="schemaRegistry">The registry on the command line, or null.</param>
    /// <param name="file">The <c>.env</c> file on the command line; null: <c>.env</c> in the current directory, if there is one.</param>
    /// <exception cref="DemoException">Some settings are there and others are missing, or the file cannot be read.</exception>
    public ClusterSettings? Read(string? bootstrapServers, string? schemaRegistry, string? file)
    {
        Dictionary<string, string> fromFile = ReadFile(file);
        var missing = new List<string>();
        string[]? kafka = bootstrapServers is null ? Find(KafkaNames, fromFile, missing) : [bootstrapServers];
        string[]? registry = schemaRegistry is null ? Find(RegistryNames, fromFile, missing) : [schemaRegistry];
        if (kafka is null && registry is null)
        {
            return null;
        }

        if (kafka is null)
        {
            missing.Add($"{BootstrapOption}, or {string.Join(", ", KafkaNames)}");
        }

        if (registry is null)
        {
            missing.Add($"{RegistryOption}, or {string.Join(", ", RegistryNames)}");
        }

        if (missing.Count > 0)
        {
            throw new DemoException(
                $"The settings of the cluster are not complete. Missing: {string.Join("; ", missing)}. " +
                $"The names in capitals are read from the environment and from {file ?? DefaultFile}.");
        }

        var config = new Dictionary<string, string>();
        if (kafka is [_, string key, string secret])
        {
            config["security.protocol"] = "SASL_SSL";
            config["sasl.mechanism"] = "PLAIN";
            config["sasl.username"] = key;
            config["sasl.password"] = secret;
        }

        string? userInfo = registry is [_, string registryKey, string registrySecret] ? $"{registryKey}:{registrySecret}" : null;
        return new ClusterSettings(WithoutProtocol(kafka![0]), config, registry![0], userInfo);
    }

    /// <summary>The values of the names; null if none is set. Those that are not set beside others that are go to <paramref name="missing"/>.</summary>
    private string[]? Find(string[] names, Dictionary<string, string> file, List<string> missing)
    {
        string[] values = [.. names.Select(n => (environment(n) is { Length: > 0 } value ? value : file.GetValueOrDefault(n, "")).Trim())];
        if (values.All(v => v.Length == 0))
        {
            return null;
        }

        missing.AddRange(names.Where((_, i) => values[i].Length == 0));
        return values;
    }

    private static Dictionary<string, string> ReadFile(string? file)
    {
        string path = file ?? DefaultFile;
        if (!File.Exists(path))
        {
            return file is null ? [] : throw new DemoException($"There is no file {file}, which {"--env-file"} names.");
        }

        try
        {
            return Env.NoEnvVars().Load(path).GroupBy(p => p.Key).ToDictionary(g => g.Key, g => g.Last().Value);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The parser's message may quote the line, and with it a secret.
            throw new DemoException($"{path} is not a file of NAME=value lines.", e);
        }
    }

    /// <summary>Confluent Cloud shows the address with <c>SASL_SSL://</c> before it.</summary>
    private static string WithoutProtocol(string address) => address[(address.LastIndexOf('/') + 1)..];
}
