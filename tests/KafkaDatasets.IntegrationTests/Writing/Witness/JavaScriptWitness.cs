using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Confluent.SchemaRegistry;

namespace KafkaDatasets.IntegrationTests.Writing.Witness;

/// <summary>Confluent's JavaScript deserializer of Protobuf (npm package @confluentinc/schemaregistry), which reads by the registry's schema alone.</summary>
internal static class JavaScriptWitness
{
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);

    /// <summary>What the deserializer reads of each record's value or key, 64-bit integers as text and bytes as base64.</summary>
    public static async Task<JsonObject[]> ReadAsync(string registryUrl, SubjectNameStrategy strategy, string topic, MessageComponentType part, IEnumerable<Message<byte[]?, byte[]?>> messages, CancellationToken cancellationToken)
    {
        string folder = await Installed.Value;
        string name = strategy switch { SubjectNameStrategy.Record => "RECORD", SubjectNameStrategy.TopicRecord => "TOPIC_RECORD", _ => "TOPIC" };
        string input = Path.Combine(folder, $"{topic}-{part}.jsonl");
        await File.WriteAllLinesAsync(input, messages.Select(m => Line(m, part == MessageComponentType.Key)), cancellationToken);
        string output = await ProcessOutput.RunAsync(Shell(folder, $"node read.mjs '{registryUrl}' {name} '{topic}' {part.ToString().ToUpperInvariant()} < '{input}'"), cancellationToken);
        File.Delete(input);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    private static string Line(Message<byte[]?, byte[]?> message, bool isKey) => JsonSerializer.Serialize(new
    {
        bytes = Convert.ToBase64String((isKey ? message.Key : message.Value)!),
        header = message.Headers.TryGetLastBytes(isKey ? "__key_schema_id" : "__value_schema_id", out byte[] header) ? Convert.ToBase64String(header) : null,
    });

    private static async Task<string> InstallAsync()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "witness");
        string source = Path.Combine(Repository.Root, "tests", "KafkaDatasets.IntegrationTests", "Writing", "Witness");
        Directory.CreateDirectory(folder);
        foreach (string file in (string[])["package.json", "read.mjs"])
        {
            File.Copy(Path.Combine(source, file), Path.Combine(folder, file), overwrite: true);
        }

        try
        {
            await ProcessOutput.RunAsync(Shell(folder, "npm install --no-audit --no-fund --ignore-scripts --prefer-offline"), CancellationToken.None);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            Requirement.Missing($"Confluent's JavaScript deserializer cannot be installed: get Node.js 20 or later with npm, and a way to the npm registry. {e.Message}");
        }

        return folder;
    }

    private static ProcessStartInfo Shell(string folder, string command) => new("/bin/sh", ["-c", command]) { WorkingDirectory = folder };
}
