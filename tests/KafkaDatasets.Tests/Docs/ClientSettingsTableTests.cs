using System.Reflection;
using Confluent.Kafka;
using KafkaDatasets.Clients;
using KafkaDatasets.Fetching.Consumer;
using KafkaDatasets.Fetching.Direct.Connection;
using Xunit;

namespace KafkaDatasets.Tests.Docs;

/// <summary>The table of client settings in the docs has every property that Confluent.Kafka's configuration objects have, and says what the code does with it.</summary>
public class ClientSettingsTableTests
{
    private const string SetByTheLibrary = "set by the library";

    /// <summary>Properties that a Confluent.Kafka object does not have by this name, but that people write.</summary>
    private static readonly string[] Synonyms = ["sasl.mechanisms", "queue.buffering.max.ms", "fetch.message.max.bytes", "compression.codec", "metadata.broker.list", "message.timeout.ms"];

    [Fact]
    public void The_table_says_what_the_code_does()
    {
        string[] table = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "client-settings.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal))];

        string[] rows = Rows();

        Assert.True(rows.SequenceEqual(table), $"docs/client-settings.md should have this table:\n{string.Join('\n', rows)}");
    }

    [Fact]
    public void What_the_library_sets_stands_in_the_table()
    {
        string[] rows = Rows();
        Assert.All(ConsumerSettings.Fixed.Keys, name => Assert.Contains(rows, r => r.StartsWith($"| `{name}` |", StringComparison.Ordinal) && r.Contains(SetByTheLibrary, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_name_is_one_that_librdkafka_knows()
    {
        var faults = new List<string>();
        ClientProperties.Probe(Names().Keys.Select(n => new KeyValuePair<string, string>(n, "")), faults);
        Assert.DoesNotContain(faults, f => f.Contains("No such", StringComparison.Ordinal));
    }

    private static string[] Rows() => [.. Names().OrderBy(n => n.Key, StringComparer.Ordinal).Select(n => $"| `{n.Key}` | {Direct(n.Key)} | {Consumer(n.Key, n.Value)} | {Writer(n.Key, n.Value)} |")];

    private static string Direct(string name) =>
        IsServers(name) ? "fault" : ClientSettings.IsIgnored(name) ? "ignored" : ClientSettings.IsHonoured(name) ? "honoured" : "not known";

    private static string Consumer(string name, Type type) =>
        IsServers(name) ? "fault" : ConsumerSettings.Fixed.ContainsKey(name) ? SetByTheLibrary : type == typeof(ProducerConfig) || IsWrapper(name) ? "ignored" : "passed on";

    private static string Writer(string name, Type type) =>
        IsServers(name) || name == "transactional.id" ? "fault" : name == "allow.auto.create.topics" ? SetByTheLibrary : type == typeof(ConsumerConfig) || IsWrapper(name) ? "ignored" : "passed on";

    private static bool IsServers(string name) => name is "bootstrap.servers" or "metadata.broker.list";

    private static bool IsWrapper(string name) => name.StartsWith("dotnet.", StringComparison.Ordinal);

    /// <summary>Every property's name, and the type of client that has it.</summary>
    private static Dictionary<string, Type> Names()
    {
        var names = new Dictionary<string, Type>();
        foreach (Type type in new[] { typeof(ClientConfig), typeof(ConsumerConfig), typeof(ProducerConfig) })
        {
            foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(p => p.SetMethod is { IsPublic: true }))
            {
                var config = (ClientConfig)Activator.CreateInstance(type)!;
                property.SetValue(config, Any(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType));
                foreach ((string name, _) in config)
                {
                    names.TryAdd(name, type);
                }
            }
        }

        foreach (string name in Synonyms)
        {
            names.TryAdd(name, name == "fetch.message.max.bytes" ? typeof(ConsumerConfig) : name.StartsWith("sasl", StringComparison.Ordinal) || IsServers(name) ? typeof(ClientConfig) : typeof(ProducerConfig));
        }

        return names;
    }

    private static object Any(Type type) =>
        type == typeof(string) ? "x"
        : type.IsEnum ? Enum.GetValues(type).GetValue(0)!
        : type == typeof(bool) ? true
        : Convert.ChangeType(1, type, System.Globalization.CultureInfo.InvariantCulture);
}
