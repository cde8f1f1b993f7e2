using System.Buffers.Binary;
using System.Text;
using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Google.Protobuf.Reflection;
using KafkaDatasets.Formats;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

/// <summary>Keys in the formats that have schemas.</summary>
public sealed class WrittenKeyTests
{
    private const int Rows = 60;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<WriteFormat, SchemaFraming> Cases => RoundTripTests.Cases;

    [Theory]
    [InlineData(WriteFormat.Avro, "Id", "0A")]
    [InlineData(WriteFormat.Avro, "Name", "0202" + "78")]
    [InlineData(WriteFormat.Avro, "Place", "0E" + "0000803F")]
    [InlineData(WriteFormat.Json, "Id", """{"Id":5}""")]
    [InlineData(WriteFormat.Json, "Name", """{"Name":"x"}""")]
    [InlineData(WriteFormat.Json, "Place", """{"Place":{"Number":7,"X":1}}""")]
    [InlineData(WriteFormat.Protobuf, "Id", "0805")]
    [InlineData(WriteFormat.Protobuf, "Name", "0A0178")]
    [InlineData(WriteFormat.Protobuf, "Place", "0A07" + "0807" + "150000803F")]
    public void A_key_is_a_record_of_one_field(WriteFormat format, string name, string expected)
    {
        ValueBuffer key = KeyOf(new Row(5, "x", new Spot(7, 1)), format, name);
        Assert.False(key.IsNull);
        Assert.Equal(expected, format == WriteFormat.Json ? Encoding.UTF8.GetString(key.Written) : Convert.ToHexString(key.Written));
    }

    [Theory]
    [InlineData(WriteFormat.Avro, "Name")]
    [InlineData(WriteFormat.Avro, "Place")]
    [InlineData(WriteFormat.Json, "Name")]
    [InlineData(WriteFormat.Json, "Place")]
    [InlineData(WriteFormat.Protobuf, "Name")]
    [InlineData(WriteFormat.Protobuf, "Place")]
    public void No_value_is_no_key(WriteFormat format, string name) => Assert.True(KeyOf(new Row(5, null, null!), format, name).IsNull);

    [Fact]
    public void The_record_is_called_as_the_values_with_Key_behind()
    {
        KafkaWriterOptions options = Encoded.Options(schema: Encoded.Schema("""{"name":"Id","type":"long"}""", "a.Event"), key: "Name", keyFormat: WriteFormat.Avro);
        WrittenSchema? avro = RecordEncoder<Row>.Of(options).Key!.Schema;
        Assert.Equal("a.EventKey", avro!.Name);
        Assert.Equal("""{"type":"record","name":"EventKey","namespace":"a","fields":[{"name":"Name","type":["null","string"],"default":null}]}""", avro.Text);

        string json = RecordEncoder<Row>.Of(Encoded.Options(WriteFormat.Avro, key: "Id", keyFormat: WriteFormat.Json)).Key!.Schema!.Text;
        Assert.Equal(
            """{"$schema":"http://json-schema.org/draft-07/schema#","title":"KafkaDatasets.Tests.Writing.RowKey","type":"object","properties":{"Id":{"type":"integer","format":"int64"}},"required":["Id"]}""",
            json);

        WrittenSchema protobuf = RecordEncoder<Row>.Of(Encoded.Options(WriteFormat.Json, key: "Id", keyFormat: WriteFormat.Protobuf)).Key!.Schema!;
        var file = FileDescriptorProto.Parser.ParseFrom(Convert.FromBase64String(protobuf.Text));
        Assert.Equal(("KafkaDatasets.Tests.Writing", "RowKey", "Id"), (file.Package, file.MessageType.Single().Name, file.MessageType.Single().Field.Single().Name));
        Assert.Equal([0], protobuf.AfterId.ToArray());
    }

    [Fact]
    public void The_records_name_is_none_of_a_type_within()
    {
        WrittenSchema schema = RecordEncoder<Named>.Of(Encoded.Options(key: "Id", keyFormat: WriteFormat.Avro)).Key!.Schema!;
        var parsed = (Avro.RecordSchema)Avro.Schema.Parse(schema.Text);
        Assert.Equal(("NamedKey_", "NamedKey"), (parsed.Name, parsed["Id"].Schema.Name));
    }

    [Fact]
    public void A_column_with_dots_is_a_field_within()
    {
        IDataView view = new MLContext(1).Data.LoadFromEnumerable([new Dotted { X = 3, Y = 4, Other = 5 }]);
        KafkaWriterOptions options = Encoded.Options(key: "in.y", keyFormat: WriteFormat.Json);
        var encoder = new ViewEncoder(view.Schema, Encoded.Plan(view, options));
        using DataViewRowCursor cursor = view.GetRowCursor(encoder.Columns);
        Action<ValueBuffer> write = encoder.Open(cursor).Key!;
        Assert.True(cursor.MoveNext());
        var key = new ValueBuffer();
        write(key);
        Assert.Equal("""{"in":{"y":4}}""", Encoding.UTF8.GetString(key.Written));
    }

    [Fact]
    public void A_field_that_there_is_not_is_named()
    {
        SchemaException e = Assert.Throws<SchemaException>(() => RecordEncoder<Row>.Of(Encoded.Options(key: "Nowhere", keyFormat: WriteFormat.Avro)));
        Assert.Equal("Nowhere", e.Field);
        Assert.Contains("cannot be a record's key", e.Message);
    }

    /// <summary>A name in another case is the most frequent mistake, whether rows are written or a view, with a key of a format or as text.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(WriteFormat.Json)]
    [InlineData(WriteFormat.Protobuf)]
    public void A_similar_field_is_suggested(WriteFormat? keyFormat)
    {
        SchemaException e = Assert.Throws<SchemaException>(() => RecordEncoder<Row>.Of(Encoded.Options(key: "name", keyFormat: keyFormat)));
        Assert.Equal("KafkaWriterOptions.Key 'name' cannot be a record's key: there is no such field. Did you mean 'Name'? The fields are Id, Name, Place.", e.Message);

        var ml = new MLContext(1);
        IDataView view = ml.Data.LoadFromEnumerable([new ViewRow()]);
        e = Assert.Throws<SchemaException>(() => ml.Data.SaveToKafka(view, "rows", Encoded.Options(key: "name", keyFormat: keyFormat) with { BootstrapServers = "localhost:1", Framing = SchemaFraming.None }, cancellationToken: Cancelled));
        Assert.Contains("Did you mean 'Name'?", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Rows_come_back_with_their_keys(WriteFormat format, SchemaFraming framing)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        ISchemaRegistryClient? used = framing == SchemaFraming.None ? null : registry;
        var options = new KafkaWriterOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            SchemaRegistry = used,
            Format = format == WriteFormat.Json ? WriteFormat.Avro : WriteFormat.Json,
            Framing = framing,
            Key = "Name",
            KeyFormat = format,
            Partitions = 3,
        };
        await using (KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("rows", options, Cancelled))
        {
            for (int i = 0; i < Rows; i++)
            {
                await writer.WriteAsync(new Row(i, Name(i), new Spot(i, 0)), Cancelled);
            }
        }

        List<Message<byte[]?, byte[]>>[] partitions = kafka.Messages("rows");
        Message<byte[]?, byte[]>[] messages = [.. partitions.SelectMany(p => p)];
        Assert.Equal(Rows / 4, messages.Count(m => m.Key is null));
        Assert.All(partitions.SelectMany((p, i) => p.Where(m => m.Key is not null).Select(m => (Partition: i, m.Key))), m => Assert.Equal((Murmur2(m.Key!) & int.MaxValue) % 3, m.Partition));
        Message<byte[]?, byte[]> first = messages.First(m => m.Key is not null);
        byte[] index = format == WriteFormat.Protobuf ? [0] : [];
        switch (framing)
        {
            case SchemaFraming.IdPrefix:
                Assert.Empty(first.Headers);
                Assert.Equal([0, .. BigEndian((await registry.GetLatestSchemaAsync("rows-key")).Id), .. index], first.Key![..(5 + index.Length)]);
                break;
            case SchemaFraming.GuidHeader:
                Assert.Equal(["__key_schema_id", "__value_schema_id"], first.Headers.Select(h => h.Key).Order());
                Assert.Equal([1, .. Guid.Parse((await registry.GetLatestSchemaAsync("rows-key")).Guid).ToByteArray(bigEndian: true), .. index], first.Headers.GetLastBytes("__key_schema_id"));
                break;
            default:
                Assert.Empty(first.Headers);
                break;
        }

        RecordEncoder<Row> encoder = RecordEncoder<Row>.Of(options);
        IDataView back = new MLContext(1).Data.LoadFromKafka("rows", new KafkaDatasetOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            SchemaRegistry = used,
            Format = used is null ? encoder.Value.Schema!.Format() : RecordFormat.Registry,
            KeyFormat = used is null ? encoder.Key!.Schema!.Format() : RecordFormat.Registry,
        });
        string[] names = [.. back.GetColumn<string>("Name")];
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => Name(i) ?? "").Order(), names.Order());
        Assert.Equal(names, back.GetColumn<string>("Key.Name"));
    }

    [Theory]
    [InlineData(-973932308, "21")]
    [InlineData(-790332482, "foobar")]
    [InlineData(-985981536, "a-little-bit-long-string")]
    [InlineData(479470107, "abc")]
    public void The_hash_that_these_tests_expect_is_Javas(int expected, string key) => Assert.Equal(expected, Murmur2(Encoding.UTF8.GetBytes(key)));

    private static string? Name(int i) => i % 4 == 0 ? null : $"ü{i % 7}";

    private static byte[] BigEndian(int number)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static ValueBuffer KeyOf(Row row, WriteFormat format, string name)
    {
        var key = new ValueBuffer();
        RecordEncoder<Row>.Of(Encoded.Options(format, key: name, keyFormat: format)).Key!.Write(key, row);
        return key;
    }

    /// <summary>As org.apache.kafka.common.utils.Utils has it.</summary>
    private static int Murmur2(byte[] data)
    {
        const uint M = 0x5bd1e995;
        uint hash = 0x9747b28c ^ (uint)data.Length;
        int i = 0;
        for (; i + 4 <= data.Length; i += 4)
        {
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(i)) * M;
            k = (k ^ (k >> 24)) * M;
            hash = (hash * M) ^ k;
        }

        if (i < data.Length)
        {
            for (int rest = data.Length - 1; rest >= i; rest--)
            {
                hash ^= (uint)data[rest] << (8 * (rest - i));
            }

            hash *= M;
        }

        hash = (hash ^ (hash >> 13)) * M;
        return (int)(hash ^ (hash >> 15));
    }

    public sealed record Spot(int Number, float X);

    private sealed record Row(long Id, string? Name, Spot Place);

    private sealed class ViewRow
    {
        public string Name { get; set; } = "a";

        public float Amount { get; set; }
    }

    private sealed record NamedKey(int Number);

    private sealed record Named(NamedKey Id);

    private sealed class Dotted
    {
        [ColumnName("in.x")]
        public int X { get; set; }

        [ColumnName("in.y")]
        public int Y { get; set; }

        public int Other { get; set; }
    }
}
