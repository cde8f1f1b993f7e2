using System.Text;
using Confluent.SchemaRegistry;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KafkaDatasets.Formats;
using KafkaDatasets.Shapes;
using KafkaDatasets.Tests.Writing;
using Microsoft.ML;
using Xunit;
using Inner = Kafkadatasets.Tests.Inner;
using Message = Kafkadatasets.Tests.Everything;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace KafkaDatasets.Tests.Formats.Protobuf;

/// <summary>Messages of generated classes are written by their own schema.</summary>
public sealed class ProtobufMessagesTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SchemaFraming.IdPrefix)]
    [InlineData(SchemaFraming.GuidHeader)]
    [InlineData(SchemaFraming.None)]
    public async Task Messages_come_back_equal(SchemaFraming framing)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        Message[] messages = [.. Enumerable.Range(0, 20).Select(i => new Message
        {
            Int = i - 5, Text = $"ü{i}", At = Timestamp.FromDateTime(DateTime.UnixEpoch.AddHours(i)), Span = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(-i)),
            Shade = (Kafkadatasets.Tests.Shade)(i % 2), Floats = { i, 0.5f }, Nested = new Inner { X = i / 8f },
        })];
        IDataView back = await WriteAsync(kafka, registry, framing, messages, RecordFormat.Protobuf(Message.Descriptor));

        Assert.Equal(
            messages.Select(m => (object[])[m.Int, m.Text, m.At.ToDateTimeOffset(), m.Span.ToTimeSpan(), (uint)m.Shade + 1, m.Floats.ToArray(), m.Nested.X]),
            back.Read("Int", "Text", "At", "Span", "Shade", "Floats", "Nested.X"));
        if (framing == SchemaFraming.IdPrefix)
        {
            Assert.Equal(["kafkadatasets.tests.Everything"], (await registry.GetAllSubjectsAsync()).Order());
            Assert.Equal(messages, kafka.Values("t").SelectMany(v => v).Select(v => Message.Parser.ParseFrom(v, 6, v.Length - 6)));
        }
    }

    [Fact]
    public async Task A_message_that_is_not_the_first_of_its_file_has_its_index()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        IDataView back = await WriteAsync(kafka, registry, SchemaFraming.IdPrefix, [new Inner { X = 1.5f, Tags = { "a" } }], RecordFormat.Registry);
        Assert.Equal([[1.5f, new[] { "a" }]], back.Read("X", "Tags"));
        Assert.Equal("0000000001" + "0202" + "0D0000C03F" + "120161", Convert.ToHexString(kafka.Values("t").SelectMany(v => v).Single()));
    }

    [Theory]
    [InlineData("Int", "-7")]
    [InlineData("ULong", "18446744073709551615")]
    [InlineData("Text", "ü")]
    [InlineData("Blob", "ab")]
    [InlineData("Shade", "VERY_DARK")]
    [InlineData("MaybeInt", "0")]
    [InlineData("MaybeText", null)]
    public void A_field_is_the_key(string name, string? expected)
    {
        var message = new Message { Int = -7, ULong = ulong.MaxValue, Text = "ü", Blob = ByteString.CopyFromUtf8("ab"), Shade = Kafkadatasets.Tests.Shade.VeryDark, MaybeInt = 0 };
        ValueBuffer key = KeyOf(message, Encoded.Options(WriteFormat.Protobuf, key: name));
        Assert.Equal(expected, key.IsNull ? null : Encoding.UTF8.GetString(key.Written));
    }

    [Fact]
    public void A_key_in_a_format_is_called_as_the_message_with_Key_behind()
    {
        KafkaWriterOptions options = Encoded.Options(WriteFormat.Protobuf, key: "Text", keyFormat: WriteFormat.Avro);
        Assert.Equal("kafkadatasets.tests.EverythingKey", RecordEncoder<Message>.Of(options).Key!.Schema!.Name);
        Assert.Equal("0461" + "62", Convert.ToHexString(KeyOf(new Message { Text = "ab" }, options).Written));
    }

    [Fact]
    public async Task What_cannot_be_written_so_is_refused_before_anything_is_written()
    {
        Assert.Contains("Protobuf", (await Assert.ThrowsAsync<SchemaException>(() => KafkaRecordWriter<Message>.OpenAsync("t", Encoded.Options(WriteFormat.Avro), Cancelled))).Message);
        Assert.Equal("Nowhere", (await Assert.ThrowsAsync<SchemaException>(() => KafkaRecordWriter<Message>.OpenAsync("t", Encoded.Options(WriteFormat.Protobuf, key: "Nowhere"), Cancelled))).Field);
        Assert.Contains("generated class", (await Assert.ThrowsAsync<SchemaException>(() => KafkaRecordWriter<IMessage>.OpenAsync("t", Encoded.Options(WriteFormat.Protobuf), Cancelled))).Message);
    }

    private static ValueBuffer KeyOf(Message message, KafkaWriterOptions options)
    {
        var key = new ValueBuffer();
        RecordEncoder<Message>.Of(options).Key!.Write(key, message);
        return key;
    }

    private static async Task<IDataView> WriteAsync<T>(EmbeddedKafka kafka, ISchemaRegistryClient registry, SchemaFraming framing, T[] messages, RecordFormat bare)
    {
        ISchemaRegistryClient? used = framing == SchemaFraming.None ? null : registry;
        var options = new KafkaWriterOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            SchemaRegistry = used,
            Format = WriteFormat.Protobuf,
            Framing = framing,
            Partitions = 1,
            SubjectNameStrategy = SubjectNameStrategy.Record,
        };
        await using (KafkaRecordWriter<T> writer = await KafkaRecordWriter<T>.OpenAsync("t", options, Cancelled))
        {
            foreach (T message in messages)
            {
                await writer.WriteAsync(message, Cancelled);
            }
        }

        return new MLContext(1).Data.LoadFromKafka("t", new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = used, Format = used is null ? bare : RecordFormat.Registry });
    }
}
