using Confluent.SchemaRegistry;
using Google.Protobuf.Reflection;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Fetching;
using Xunit;

namespace KafkaDatasets.Tests.Golden;

/// <summary>What Confluent's serializers wrote, when the registry is gone and only the schema is at hand.</summary>
public sealed class GoldenWithoutRegistryTests
{
    public static TheoryData<string> Topics => GoldenVectors.Topics("avro", "json", "protobuf");

    [Theory]
    [MemberData(nameof(Topics))]
    public async Task The_schema_alone_reads_framed_values(string topic)
    {
        IReadOnlyList<GoldenVector> vectors = GoldenVectors.OfTopic(topic);
        if (vectors.DistinctBy(v => v.SchemaId).Count() > 1 || vectors[0].References.Count > 0)
        {
            return; // several schemas: what the registry is for
        }

        FakeRecord[] records = [.. vectors.Select((v, offset) => new FakeRecord(offset, v.Value) { Headers = [.. v.Headers.Select(h => (h.Key, (byte[]?)h.Value))] })];
        var engine = new FakeEngine([FakePartition.Of(0, records)]) { Topic = topic, ChunkRecords = 3 };
        await GoldenDataset.CheckAsync(
            topic,
            vectors,
            _ => engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = Format(vectors[0]).FramedBy(RecordFraming.Confluent), ExtraColumns = GoldenDataset.ExtraColumns(vectors) }),
            TestContext.Current.CancellationToken);
    }

    private static RecordFormat Format(GoldenVector vector) => vector.Format switch
    {
        "avro" => RecordFormat.Avro(vector.Schema),
        "json" => RecordFormat.Json(vector.Schema),
        _ => RecordFormat.Protobuf(Message(vector)),
    };

    private static MessageDescriptor Message(GoldenVector vector)
    {
        FileDescriptor file = ProtobufDocuments.Parse(SchemaDocument.OfOptions(SchemaType.Protobuf, vector.Schema));
        return vector.Name switch
        {
            "protobuf" => file.MessageTypes[0],
            "protobuf_second" => file.MessageTypes[1],
            _ => ProtobufDocuments.All(file.MessageTypes).Single(m => m.FindFieldByName("y") is not null && m.FindFieldByName("zs") is not null),
        };
    }
}
