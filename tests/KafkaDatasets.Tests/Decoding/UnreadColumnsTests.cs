using Google.Protobuf;
using Google.Protobuf.Reflection;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;
using Wire = Google.Protobuf.Reflection.FieldDescriptorProto.Types;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>A value in a column that nobody reads never spoils its record; numbers that an open enum does not know are missing.</summary>
public sealed class UnreadColumnsTests
{
    [Fact]
    public async Task Of_Avro()
    {
        string schema = Record("""
            {"name":"id","type":"int"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"flag","type":"boolean"},
            {"name":"color","type":{"type":"enum","name":"Color","symbols":["red"]}},{"name":"count","type":"int"},{"name":"last","type":"double"}
            """);
        byte[] value = Encode(e =>
        {
            e.WriteInt(7);
            e.WriteLong(long.MaxValue); // beyond the calendar
            e.WriteBoolean(true);
            e.WriteEnum(5); // no such symbol
            e.WriteLong(1L << 40); // no int
            e.WriteDouble(1.5);
        });
        value[11] = 9; // no Boolean
        await CheckAsync(RecordFormat.Avro(schema), value, "at", "flag", "color", "count");
    }

    [Fact]
    public async Task Of_Protobuf()
    {
        MessageDescriptor message = Message();
        byte[] value =
        [
            0x08, 7, // id
            0x12, 11, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, // at, after the calendar
            0x18, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, // count, wider than an int32, which is no fault
            0x21, .. BitConverter.GetBytes(1.5), // last
        ];
        await CheckAsync(RecordFormat.Protobuf(message), [.. value[..2], 0x12, 1, 0x08, .. value[15..]], "at"); // cut off
        await CheckAsync(RecordFormat.Protobuf(message), value, "at");
    }

    [Fact]
    public async Task A_number_that_an_open_enum_does_not_know_is_missing()
    {
        byte[] known = [0x08, 1, 0x28, 1, 0x32, 3, 0, 1, 0];
        byte[] unknown = [0x08, 2, 0x28, 9, 0x32, 3, 0, 9, 1];
        await using KafkaDataset dataset = await OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Protobuf(Message()), Label = LabelColumn.Category("color") }, known, unknown);
        Assert.Equal(
            [[2u, 2u, new[] { 1u, 2u, 1u }], [0u, 0u, new[] { 1u, 0u, 2u }]],
            dataset.ToDataView(new MLContext()).Read("color", "Label", "colors"));
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Tensors = ["color"] }, TestContext.Current.CancellationToken))
        {
            Assert.Equal([1f, float.NaN], [batch.Labels[0], batch.Labels[1]]);
            Assert.Equal([1f, float.NaN], [batch["color"][0], batch["color"][1]]);
        }
    }

    private static async Task CheckAsync(RecordFormat format, byte[] value, params string[] bad)
    {
        await using KafkaDataset dataset = await OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format, Features = ["id", "last"] }, value);
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal([[7, 1.5, new[] { 7f, 1.5f }]], view.Read("id", "last", "Features"));
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.Equal([7f, 1.5f], [batch.Features[0, 0], batch.Features[0, 1]]);
        }

        foreach (string column in bad)
        {
            Assert.Equal(column, Assert.Throws<RecordDecodingException>(() => view.Read("id", column)).Field);
        }

        await using KafkaDataset skipping = await OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format, Features = ["id", "last"], OnBadRecord = BadRecordPolicy.Skip }, value);
        Assert.Single(skipping.ToDataView(new MLContext()).Read("Features"));
        Assert.Equal(0, skipping.SkippedRecords);
    }

    private static MessageDescriptor Message()
    {
        var message = new DescriptorProto { Name = "M" };
        message.Field.Add(Field("id", 1, Wire.Type.Int32));
        message.Field.Add(Field("at", 2, Wire.Type.Message, ".google.protobuf.Timestamp"));
        message.Field.Add(Field("count", 3, Wire.Type.Int32));
        message.Field.Add(Field("last", 4, Wire.Type.Double));
        message.Field.Add(Field("color", 5, Wire.Type.Enum, ".Color"));
        FieldDescriptorProto colors = Field("colors", 6, Wire.Type.Enum, ".Color");
        colors.Label = Wire.Label.Repeated;
        message.Field.Add(colors);
        var color = new EnumDescriptorProto { Name = "Color" };
        color.Value.Add(new EnumValueDescriptorProto { Name = "RED", Number = 0 });
        color.Value.Add(new EnumValueDescriptorProto { Name = "BLUE", Number = 1 });
        var file = new FileDescriptorProto { Name = "m.proto", Syntax = "proto3", Dependency = { "google/protobuf/timestamp.proto" }, MessageType = { message }, EnumType = { color } };
        return FileDescriptor.BuildFromByteStrings([Google.Protobuf.WellKnownTypes.Timestamp.Descriptor.File.SerializedData, file.ToByteString()])[^1].MessageTypes[0];
    }

    private static FieldDescriptorProto Field(string name, int number, Wire.Type type, string? typeName = null)
    {
        var field = new FieldDescriptorProto { Name = name, Number = number, Type = type, Label = Wire.Label.Optional };
        if (typeName is not null)
        {
            field.TypeName = typeName;
        }

        return field;
    }

    private static Task<KafkaDataset> OpenAsync(KafkaDatasetOptions options, params byte[][] values) => new FakeEngine(FakePartition.Of(0, values)).OpenAsync(options);
}
