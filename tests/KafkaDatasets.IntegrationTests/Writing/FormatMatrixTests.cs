using System.Text.Json.Nodes;
using Avro.Generic;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Writing.Witness;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Writing;

/// <summary>
/// Every format with a schema, of values and of keys, under every subject-name strategy and framing, written to a real broker is what Confluent's own deserializers read:
/// those of NuGet for Avro and JSON Schema, that of npm for Protobuf. Ids are those of a real registry; GUIDs, which that has not, those of the embedded one.
/// </summary>
public sealed class FormatMatrixTests(SharedKafka shared)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<WriteFormat, SubjectNameStrategy, SchemaFraming> Cases => [..
        from format in (WriteFormat[])[WriteFormat.Avro, WriteFormat.Json, WriteFormat.Protobuf]
        from strategy in (SubjectNameStrategy[])[SubjectNameStrategy.Topic, SubjectNameStrategy.Record, SubjectNameStrategy.TopicRecord]
        from framing in (SchemaFraming[])[SchemaFraming.IdPrefix, SchemaFraming.GuidHeader]
        select (format, strategy, framing)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Confluents_deserializers_read_what_was_written(WriteFormat format, SubjectNameStrategy strategy, SchemaFraming framing)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        using EmbeddedKafka? embedded = framing == SchemaFraming.GuidHeader ? EmbeddedKafka.Start() : null;
        string url = embedded?.SchemaRegistryUrl ?? await shared.SchemaRegistryUrlAsync();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = url });
        string topic = $"kafkadatasets-test-{Guid.NewGuid():N}";
        string name = $"Reading{format}";   // a subject has schemas of one type
        var options = new KafkaWriterOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            SchemaRegistry = registry,
            Format = format,
            Framing = framing,
            SubjectNameStrategy = strategy,
            RecordName = name,
            Key = nameof(Reading.Name),
            KeyFormat = format,
        };
        await using (KafkaRecordWriter<Reading> writer = await KafkaRecordWriter<Reading>.OpenAsync(topic, options, Cancelled))
        {
            foreach (Reading reading in Reading.Some)
            {
                await writer.WriteAsync(reading, Cancelled);
            }
        }

        string fullName = $"{typeof(Reading).Namespace}.{name}";
        List<string> subjects = await registry.GetAllSubjectsAsync();
        Assert.Contains(strategy switch { SubjectNameStrategy.Topic => $"{topic}-value", SubjectNameStrategy.Record => fullName, _ => $"{topic}-{fullName}" }, subjects);
        Assert.Contains(strategy switch { SubjectNameStrategy.Topic => $"{topic}-key", SubjectNameStrategy.Record => $"{fullName}Key", _ => $"{topic}-{fullName}Key" }, subjects);
        Message<byte[]?, byte[]?>[] messages = [.. kafka.Consume(topic).Select(r => r.Message)];
        Assert.All(messages, m => Assert.Equal(framing == SchemaFraming.GuidHeader ? 2 : 0, m.Headers.Count));
        string[] keys = await KeysAsync(format, strategy, url, registry, topic, messages);
        JsonObject[] values = await ValuesAsync(format, strategy, url, registry, topic, messages);

        Dictionary<string, Reading> written = Reading.Some.ToDictionary(r => r.Name);
        Assert.Equal(written.Keys.Order(), keys.Order());
        Assert.All(keys.Zip(values), r => Assert.Equal(Expected(written[r.First]).ToJsonString(), r.Second.ToJsonString()));
    }

    private static async Task<JsonObject[]> ValuesAsync(WriteFormat format, SubjectNameStrategy strategy, string url, ISchemaRegistryClient registry, string topic, Message<byte[]?, byte[]?>[] messages) => format switch
    {
        WriteFormat.Avro => await DeserializeAsync(new AvroDeserializer<GenericRecord>(registry, new AvroDeserializerConfig { SubjectNameStrategy = strategy }), topic, MessageComponentType.Value, messages, Of),
        WriteFormat.Json => await DeserializeAsync(new JsonDeserializer<Reading>(registry, new JsonDeserializerConfig { SubjectNameStrategy = strategy }), topic, MessageComponentType.Value, messages, Expected),
        _ => [.. (await JavaScriptWitness.ReadAsync(url, strategy, topic, MessageComponentType.Value, messages, Cancelled)).Select(OfProtobuf)],
    };

    private static async Task<string[]> KeysAsync(WriteFormat format, SubjectNameStrategy strategy, string url, ISchemaRegistryClient registry, string topic, Message<byte[]?, byte[]?>[] messages) => format switch
    {
        WriteFormat.Avro => await DeserializeAsync(new AvroDeserializer<GenericRecord>(registry, new AvroDeserializerConfig { SubjectNameStrategy = strategy }), topic, MessageComponentType.Key, messages, key => (string)key["Name"]),
        WriteFormat.Json => await DeserializeAsync(new JsonDeserializer<NameKey>(registry, new JsonDeserializerConfig { SubjectNameStrategy = strategy }), topic, MessageComponentType.Key, messages, key => key.Name),
        _ => [.. (await JavaScriptWitness.ReadAsync(url, strategy, topic, MessageComponentType.Key, messages, Cancelled)).Select(key => (string)key["Name"]!)],
    };

    private static async Task<TResult[]> DeserializeAsync<T, TResult>(IAsyncDeserializer<T> deserializer, string topic, MessageComponentType part, Message<byte[]?, byte[]?>[] messages, Func<T, TResult> of)
    {
        var results = new List<TResult>();
        foreach (Message<byte[]?, byte[]?> message in messages)
        {
            results.Add(of(await deserializer.DeserializeAsync(part == MessageComponentType.Key ? message.Key : message.Value, isNull: false, new SerializationContext(part, topic, message.Headers))));
        }

        return [.. results];
    }

    private static JsonObject Expected(Reading reading) => Object(
        reading.Id, reading.Count, reading.Value, reading.Precise, reading.Flag, reading.Name, reading.Note, reading.Colour.ToString(), reading.At.ToUniversalTime(), reading.Blob,
        reading.Vector, reading.Words, reading.Weights.Select(p => (p.Key, p.Value)), reading.Place.Number, reading.Place.Centre.X, reading.Place.Centre.Y);

    private static JsonObject Of(GenericRecord record)
    {
        var place = (GenericRecord)record["Place"];
        var centre = (GenericRecord)place["Centre"];
        return Object(
            (int)record["Id"], (long)record["Count"], (float)record["Value"], (double?)record["Precise"], (bool)record["Flag"], (string)record["Name"], (string?)record["Note"],
            ((GenericEnum)record["Colour"]).Value, (DateTime)record["At"], (byte[])record["Blob"], ((object[])record["Vector"]).Cast<float>(), ((object[])record["Words"]).Cast<string>(),
            ((IDictionary<string, object>)record["Weights"]).Select(p => (p.Key, (double)p.Value)), (int)place["Number"], (float)centre["X"], (float)centre["Y"]);
    }

    private static JsonObject OfProtobuf(JsonObject message)
    {
        JsonNode place = message["Place"]!;
        JsonNode at = message["At"]!;
        return Object(
            (int)message["Id"]!, long.Parse((string)message["Count"]!), (float)message["Value"]!, (double?)message["Precise"], (bool)message["Flag"]!, (string)message["Name"]!, (string?)message["Note"],
            ((Colour)(int)message["Colour"]!).ToString(), DateTime.UnixEpoch.AddSeconds(long.Parse((string)at["seconds"]!)).AddTicks((int)at["nanos"]! / 100), Convert.FromBase64String((string)message["Blob"]!),
            message["Vector"]!.AsArray().Select(v => (float)v!), message["Words"]!.AsArray().Select(w => (string)w!), message["Weights"]!.AsObject().Select(p => (p.Key, (double)p.Value!)),
            (int)place["Number"]!, (float)place["Centre"]!["X"]!, (float)place["Centre"]!["Y"]!);
    }

    private static JsonObject Object(
        int id, long count, float value, double? precise, bool flag, string name, string? note, string colour, DateTime at, byte[] blob,
        IEnumerable<float> vector, IEnumerable<string> words, IEnumerable<(string Key, double Value)> weights, int number, float x, float y) => new()
        {
            ["Id"] = id,
            ["Count"] = count,
            ["Value"] = value,
            ["Precise"] = precise,
            ["Flag"] = flag,
            ["Name"] = name,
            ["Note"] = note,
            ["Colour"] = colour,
            ["At"] = at,
            ["Blob"] = Convert.ToHexString(blob),
            ["Vector"] = string.Join(' ', vector),
            ["Words"] = string.Join(' ', words),
            ["Weights"] = string.Join(' ', weights.OrderBy(w => w.Key, StringComparer.Ordinal)),
            ["Place"] = $"{number} {x} {y}",
        };

    private sealed record NameKey(string Name);
}
