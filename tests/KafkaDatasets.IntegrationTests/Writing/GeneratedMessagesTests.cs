using System.Text.Json.Nodes;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Google.Protobuf;
using Kafkadatasets.Tests;
using KafkaDatasets.IntegrationTests.Cluster;
using KafkaDatasets.IntegrationTests.Writing.Witness;
using Xunit;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace KafkaDatasets.IntegrationTests.Writing;

/// <summary>Messages of generated Protobuf classes, written with the schema that they carry and a field as key, are what Confluent's own deserializer reads.</summary>
public sealed class GeneratedMessagesTests(SharedKafka shared)
{
    private static readonly DateTime Day = new(2026, 11, 24, 0, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SchemaFraming.IdPrefix)]
    [InlineData(SchemaFraming.GuidHeader)]
    public async Task Confluents_deserializer_reads_what_was_written(SchemaFraming framing)
    {
        Everything[] written = [.. Enumerable.Range(0, 20).Select(i => new Everything
        {
            Int = i,
            Long = long.MaxValue - i,
            Text = $"ü{i}",
            Blob = ByteString.CopyFrom([(byte)i]),
            At = Timestamp.FromDateTime(Day.AddHours(i)),
            Shade = (Shade)(i % 2),
            MaybeInt = 0,
            Floats = { i, 0.5f },
            Nested = new Inner { X = i / 8f },
            Many = { new Inner { Tags = { "a", "b" } } },
        })];

        (JsonObject[] keys, JsonObject[] read) = await RoundTripAsync(framing, written, key: nameof(Everything.Text));

        Assert.Equal(
            written.Select(m => $"{m.Int} {m.Long} {m.Text} {m.Blob.ToBase64()} {m.At.Seconds} {(int)m.Shade} 0 {string.Join('/', m.Floats)} {m.Nested.X} a/b"),
            read.OrderBy(m => (int)m["Int"]!).Select(m =>
                $"{m["Int"]} {m["Long"]} {m["Text"]} {m["Blob"]} {m["At"]!["seconds"]} {m["Shade"]} {m["MaybeInt"]} {string.Join('/', m["Floats"]!.AsArray())} {m["Nested"]!["X"]} {string.Join('/', m["Many"]![0]!["Tags"]!.AsArray())}"));
        Assert.All(read, m => Assert.Null(m["MaybeText"]));
        Assert.Equal(read.Select(m => (string)m["Text"]!), keys.Select(k => (string)k["Text"]!));
    }

    [Theory]
    [InlineData(SchemaFraming.IdPrefix)]
    [InlineData(SchemaFraming.GuidHeader)]
    public async Task A_message_that_is_not_the_first_of_its_file(SchemaFraming framing)
    {
        (JsonObject[] keys, JsonObject[] read) = await RoundTripAsync(framing, [new Inner { X = 1.5f, Tags = { "a" } }], key: nameof(Inner.X));
        Assert.Equal("1.5 a", $"{read.Single()["X"]} {read.Single()["Tags"]![0]}");
        Assert.Equal(1.5f, (float)keys.Single()["X"]!);
    }

    /// <summary>Ids are those of a real registry; GUIDs, which that has not, those of the embedded one.</summary>
    private async Task<(JsonObject[] Keys, JsonObject[] Values)> RoundTripAsync<T>(SchemaFraming framing, IReadOnlyList<T> messages, string key)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        using EmbeddedKafka? embedded = framing == SchemaFraming.GuidHeader ? EmbeddedKafka.Start() : null;
        string url = embedded?.SchemaRegistryUrl ?? await shared.SchemaRegistryUrlAsync();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = url });
        string topic = $"kafkadatasets-test-{Guid.NewGuid():N}";
        var options = new KafkaWriterOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            SchemaRegistry = registry,
            Format = WriteFormat.Protobuf,
            Framing = framing,
            Key = key,
            KeyFormat = WriteFormat.Protobuf,
        };
        await using (KafkaRecordWriter<T> writer = await KafkaRecordWriter<T>.OpenAsync(topic, options, Cancelled))
        {
            foreach (T message in messages)
            {
                await writer.WriteAsync(message, Cancelled);
            }
        }

        Message<byte[]?, byte[]?>[] records = [.. kafka.Consume(topic).Select(r => r.Message)];
        return (await ReadAsync(MessageComponentType.Key), await ReadAsync(MessageComponentType.Value));

        Task<JsonObject[]> ReadAsync(MessageComponentType part) => JavaScriptWitness.ReadAsync(url, SubjectNameStrategy.Topic, topic, part, records, Cancelled);
    }
}
