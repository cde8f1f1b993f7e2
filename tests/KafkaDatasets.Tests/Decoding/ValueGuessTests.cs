using System.Text;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Formats.Avro;
using KafkaDatasets.Tests.Schemas;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Where the format in the options is another than the topic's, the exception says what the bytes look like.</summary>
public sealed class ValueGuessTests
{
    private static readonly byte[] Json = Encoding.UTF8.GetBytes("""{"id":1,"x":2.5}""");
    private static readonly byte[] Csv = "1,2.5,abcdef\n"u8.ToArray();
    private static readonly byte[] Frame = [0, 0, 0, 0, 42, 2, 8, 16];

    public static TheoryData<string, byte[], string?> Cases => new()
    {
        { "Avro", Json, "RecordFormat.Json" },
        { "Avro", Csv, "RecordFormat.Csv" },
        { "Avro", Frame, "schema id 42" },
        { "Json", Frame, "RecordFormat.Registry" },
        { "Json", Csv, "RecordFormat.Csv" },
        { "Json", Encoding.UTF8.GetBytes("""{"id":1,"x":"""), "JSON that is cut off" },
        { "Avro", Encoding.UTF8.GetBytes("""{"id":1,"x":2.5,"t":"abc"""), "JSON that is cut off" },
        { "Json", Encoding.UTF8.GetBytes("""[{"id":1}]"""), "a JSON array" },
        { "Json", "[1,2]"u8.ToArray(), "a JSON array: RecordFormat.Json reads objects" },
        { "Json", "{\"id\":1}\n{\"id\":2}"u8.ToArray(), "several JSON objects" },
        { "Json", Encoding.UTF8.GetBytes("""  "{\"id\":1}" """), "a JSON string" },
        { "Json", [0xff, 0xfe, (byte)'{', 0, (byte)'}', 0], "UTF-16" },
        { "Csv", "1;2"u8.ToArray(), "text separated by semicolons" },
        { "Csv", "1,5;2,5;x"u8.ToArray(), "text separated by semicolons" },
        { "Csv", "1\t2\n"u8.ToArray(), "text separated by tabs" },
        { "Csv", "1,2\n3,4\n"u8.ToArray(), "several lines" },
        { "Csv", "[1,2]"u8.ToArray(), "a JSON array" },
        { "Csv", "1"u8.ToArray(), null },
        { "Avro", "id;x;name"u8.ToArray(), "text separated by semicolons" },
        { "RegistryJson", Json, "JSON without a frame" },
        { "RegistryJson", "[1]"u8.ToArray(), "JSON without a frame" },
        { "RegistryJson", Csv, "RecordFormat.Csv" },
        { "FramedCsv", Csv, "RecordFormat.Csv" },
        { "Float32", new byte[16], null },
        { "Float32", [.. BitConverter.GetBytes(1.0), .. BitConverter.GetBytes(2.5)], null },
        { "Float32", [.. BitConverter.GetBytes(3.0), .. BitConverter.GetBytes(-7.0), .. BitConverter.GetBytes(1e6)], null },
        { "Float64", [.. BitConverter.GetBytes(0f), .. BitConverter.GetBytes(1f)], null },
        { "Float64", [0, 0, 0, 0, 7, .. BitConverter.GetBytes(1.5), .. BitConverter.GetBytes(1.5), .. BitConverter.GetBytes(1.5)], "schema id 7" },
        { "Json", "{]"u8.ToArray(), null },
        { "Csv", Json, "RecordFormat.Json" },
        { "Csv", [.. Frame, (byte)'"'], "RecordFormat.Registry" },
        { "Csv", "1,\"2"u8.ToArray(), null },
        { "Float32", Json, "RecordFormat.Json" },
        { "Float32", Csv, "RecordFormat.Csv" },
        { "Float32", Frame, "RecordFormat.Registry" },
        { "Float64", Frame, "RecordFormat.Registry" },
        { "Protobuf", Json, "RecordFormat.Json" },
        { "Registry", Json, "RecordFormat.Json" },
        { "Registry", Csv, "RecordFormat.Csv" },
        { "Registry", "Obj\u0001abc"u8.ToArray(), "container file" },
        { "Registry", [0x1f, 0x8b, 8, 0, 0, 0], "gzip" },
        { "Registry", [3, 0, .. new byte[20]], "Glue" },
        { "Registry", [2, 8, 0xff], null },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_the_bytes_look_like_is_told(string format, byte[] value, string? part)
    {
        foreach (BadRecordPolicy policy in Enum.GetValues<BadRecordPolicy>())
        {
            await using KafkaDataset dataset = await OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = FormatOf(format), SchemaRegistry = Registry, OnBadRecord = policy }, new FakeRecord(0, value));
            string[] columns = [.. dataset.Schema.Columns.Select(c => c.Name)];
            RecordDecodingException view = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read(columns));
            RecordDecodingException batch = await Assert.ThrowsAsync<RecordDecodingException>(async () =>
            {
                await foreach (TensorBatch each in dataset.ReadBatchesAsync(new BatchOptions { Tensors = [TensorColumn.Double(columns[0], columns[0] == "Values" ? [3] : null)] }, TestContext.Current.CancellationToken))
                {
                    each.Dispose();
                }
            });
            Assert.All([view, batch], e =>
            {
                Assert.DoesNotMatch(@"[?!]\.", e.Message);
                Assert.Equal(policy == BadRecordPolicy.Throw, e.Message.Contains("Set OnBadRecord to BadRecordPolicy.Skip", StringComparison.Ordinal));
                if (part is null)
                {
                    Assert.DoesNotMatch("(looks|begins) like", e.Message);
                }
                else
                {
                    Assert.Matches("The value (looks|begins) like", e.Message);
                    Assert.Contains(part, e.Message);
                }
            });
        }
    }

    /// <summary>Where the topic has no subject, since nothing in it is framed, opening fails: the exception says what the first record is.</summary>
    [Theory]
    [InlineData("""{"id":1}""", "The value looks like JSON")]
    [InlineData("1,2", "comma-separated text: RecordFormat.Csv")]
    [InlineData("\u0002\u0004", "begins with the byte 0x02, not with the magic byte 0x00")]
    public async Task Of_a_topic_without_a_subject_the_first_record_is_told(string value, string part)
    {
        foreach (bool isKey in (bool[])[false, true])
        {
            byte[] bytes = Encoding.UTF8.GetBytes(value.PadRight(5));
            var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = MemoryRegistry.Create().Client, Format = isKey ? RecordFormat.Float32(1) : RecordFormat.Registry, KeyFormat = isKey ? RecordFormat.Registry : null };
            SchemaException e = await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(options, isKey ? new FakeRecord(0, new byte[4]) { Key = bytes } : new FakeRecord(0, bytes)));
            Assert.Contains(isKey ? part.Replace("The value", "The key", StringComparison.Ordinal) : part, e.Message);
            Assert.Contains($"t-{(isKey ? "key" : "value")}", e.Message);
        }
    }

    /// <summary>A text column takes any characters, but not the bytes of a frame, nor those of a number.</summary>
    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0, 42, 6, 97, 98, 99 }, "framed by Confluent's serializers (magic byte 0x00, then schema id 42)")]
    [InlineData(new byte[] { 0, 0, 0, 0, 42, 97, 44, 98 }, "framed by Confluent's serializers (magic byte 0x00, then schema id 42)")]
    [InlineData(new byte[] { 0, 0, 1, 7 }, "begins with the byte 0x00")]
    public async Task Of_texts_that_take_any_characters(byte[] value, string part)
    {
        foreach (bool isKey in (bool[])[false, true])
        {
            DatasetColumn[] fields = [.. Enumerable.Range(0, value.Contains((byte)',') ? 2 : 1).Select(i => new DatasetColumn($"t{i}", ColumnType.Text))];
            var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = isKey ? RecordFormat.Csv([new DatasetColumn("x", ColumnType.Single)], fields[0]) : RecordFormat.Csv(fields) };
            await using KafkaDataset dataset = await OpenAsync(options, isKey ? new FakeRecord(0, "1"u8.ToArray()) { Key = value } : new FakeRecord(0, value));
            RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("t0"));
            Assert.Contains(part, e.Message);
            Assert.Contains(isKey ? "the key begins" : "the value begins", e.Message);
        }
    }

    [Fact]
    public async Task Of_keys_too()
    {
        var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Float32(1), KeyFormat = FormatOf("Avro"), OnBadRecord = BadRecordPolicy.Skip };
        await using KafkaDataset dataset = await OpenAsync(options, new FakeRecord(0, new byte[4]) { Key = Json });
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("Key.id"));
        Assert.Contains("The key looks like JSON", e.Message);
    }

    private static Confluent.SchemaRegistry.ISchemaRegistryClient Registry
    {
        get
        {
            var registry = MemoryRegistry.Create();
            registry.Add("t-value", Schema);
            registry.Add("json", """{"type":"object","properties":{"id":{"type":"integer"}}}""", type: Confluent.SchemaRegistry.SchemaType.Json);
            return registry.Client;
        }
    }

    private static string Schema => AvroBytes.Record("""{"name":"id","type":"int"},{"name":"b","type":"boolean"},{"name":"x","type":"double"}""");

    private static RecordFormat FormatOf(string format) => format switch
    {
        "Avro" => RecordFormat.Avro(Schema),
        "Json" => RecordFormat.Json([new("id", ColumnType.Int32)]),
        "Csv" => RecordFormat.Csv(["id", "x"]),
        "Float32" => RecordFormat.Float32(3),
        "Float64" => RecordFormat.Float64(3),
        "RegistryJson" => RecordFormat.RegistrySubject("json"),
        "FramedCsv" => RecordFormat.Csv(["id", "x"]).FramedBy(RecordFraming.Confluent),
        "Protobuf" => RecordFormat.Protobuf(Kafkadatasets.Tests.Everything.Descriptor),
        _ => RecordFormat.Registry,
    };

    private static Task<KafkaDataset> OpenAsync(KafkaDatasetOptions options, params FakeRecord[] records) => new FakeEngine(FakePartition.Of(0, records)).OpenAsync(options);
}
