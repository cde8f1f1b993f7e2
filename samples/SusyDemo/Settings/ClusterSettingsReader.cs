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

    /// <summary>Settings that are needed only where brokers and registry have certificates of a private authority.</summary>
    private const string KafkaCaName = "CCLOUD_SSL_CA_LOCATION";
    private const string RegistryCaName = "CCLOUD_SCHEMA_REGISTRY_SSL_CA_LOCATION";

    private static readonly string[] AllNames = [.. KafkaNames, KafkaCaName, .. RegistryNames, RegistryCaName];

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

        if (kafka is not [_] && FindFile(KafkaCaName, fromFile) is { } caFile)
        {
            config["ssl.ca.location"] = caFile;
        }

        string? userInfo = registry is [_, string registryKey, string registrySecret] ? $"{registryKey}:{registrySecret}" : null;
        return new ClusterSettings(WithoutProtocol(kafka![0]), config, registry![0], userInfo)
        {
            SchemaRegistryCaFile = registry is [_] ? null : FindFile(RegistryCaName, fromFile),
        };
    }

    /// <summary>The values of the names; null if none is set. Those that are not set beside others that are go to <paramref name="missing"/>.</summary>
    private string[]? Find(string[] names, Dictionary<string, string> file, List<string> missing)
    {
        string[] values = [.. names.Select(n => Find(n, file))];
        if (values.All(v => v.Length == 0))
        {
            return null;
        }

        missing.AddRange(names.Where((_, i) => values[i].Length == 0));
        return values;
    }

    /// <summary>The value of a name; empty if it is not set.</summary>
    private string Find(string name, Dictionary<string, string> file) =>
        (environment(name) is { Length: > 0 } value ? value : file.GetValueOrDefault(name, "")).Trim();

    /// <summary>The path that a name has; null if it is not set.</summary>
    private string? FindFile(string name, Dictionary<string, string> file) => Find(name, file) switch
    {
        "" => null,
        var path when File.Exists(path) => path,
        var path => throw new DemoException($"{name} is {path}, but there is no such file."),
    };

    /// <summary>A name that is nearly one of the settings is most likely meant to be it: it is not ignored in silence.</summary>
    private static void CheckNames(IEnumerable<string> names, string path)
    {
        string[] misspelt = [.. names.Except(AllNames, StringComparer.Ordinal)
            .Select(name => (Name: name, Nearest: AllNames.MinBy(known => Distance(name, known))!))
            .Where(n => n.Name.StartsWith("CCLOUD_", StringComparison.OrdinalIgnoreCase) || Distance(n.Name, n.Nearest) <= 3)
            .Select(n => $"{n.Name} (did you mean {n.Nearest}?)")];
        if (misspelt.Length > 0)
        {
            throw new DemoException($"{path} has names that are no settings: {string.Join(", ", misspelt)}. The settings are {string.Join(", ", AllNames)}.");
        }
    }

    /// <summary>How many letters must be changed, added or removed to make one name the other, without regard to case.</summary>
    private static int Distance(string one, string other)
    {
        int[] row = [.. Enumerable.Range(0, other.Length + 1)];
        for (int i = 1; i <= one.Length; i++)
        {
            (int before, row[0]) = (row[0], i);
            for (int j = 1; j <= other.Length; j++)
            {
                int replaced = before + (char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1);
                (before, row[j]) = (row[j], Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1])));
            }
        }

        return row[^1];
    }

    private static Dictionary<string, string> ReadFile(string? file)
    {
        string path = file ?? DefaultFile;
        if (!File.Exists(path))
        {
            return file is null ? [] : throw new DemoException($"There is no file {file}, which {"--env-file"} names.");
        }

        Dictionary<string, string> settings;
        try
        {
            settings = Env.NoEnvVars().Load(path).GroupBy(p => p.Key).ToDictionary(g => g.Key, g => g.Last().Value);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The parser's message may quote the line, and with it a secret.
            throw new DemoException($"{path} is not a file of NAME=value lines.", e);
        }

        CheckNames(settings.Keys, path);
        return settings;
    }

    /// <summary>Confluent Cloud shows the address with <c>SASL_SSL://</c> before it.</summary>
    private static string WithoutProtocol(string address) => address[(address.LastIndexOf('/') + 1)..];
}
