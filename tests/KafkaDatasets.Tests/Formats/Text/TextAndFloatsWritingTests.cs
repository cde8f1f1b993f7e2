using System.Buffers.Binary;
using System.Text;
using KafkaDatasets.Formats;
using KafkaDatasets.Shapes;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Formats.Written;
using KafkaDatasets.Tests.Writing;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Text;

public sealed class TextAndFloatsWritingTests
{
    [Fact]
    public void Csv_is_the_fields_with_commas_between_and_lists_in_full()
        => Assert.Equal(
            "0.1,-5,1,,a b,\"a,b\",\"say \"\"hi\"\"\",1.5,NaN,2026-11-24T01:02:03Z,VERY_DARK,2.5,x",
            Encoding.UTF8.GetString(Encoded.Bytes(
                new Mixed(0.1f, -5, true, null, "a b", "a,b", "say \"hi\"", [1.5, double.NaN], new DateTime(2026, 11, 24, 1, 2, 3), Shade.Dark, new Inner { X = 2.5f, Tags = ["x"] }),
                Encoded.Options(WriteFormat.Csv))));

    /// <summary>A reader takes U+FEFF at the start of a record for a byte order mark, not for text.</summary>
    [Theory]
    [InlineData("\uFEFF")]
    [InlineData("\uFEFFx")]
    [InlineData("x\uFEFF")]
    public async Task A_byte_order_mark_in_a_text_stays(string text)
    {
        byte[] value = Encoded.Bytes(new { A = text, B = text }, Encoded.Options(WriteFormat.Csv));
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [value])).OpenAsync(new KafkaDatasetOptions
        {
            BootstrapServers = "fake:1",
            Format = RecordFormat.Csv([new DatasetColumn("a", ColumnType.Text), new DatasetColumn("b", ColumnType.Text)]),
        });
        Assert.Equal([[text, text]], dataset.ToDataView(new MLContext()).Read("a", "b"));
    }

    [Fact]
    public void The_label_is_the_key_and_not_among_the_features()
    {
        var options = Encoded.Options(WriteFormat.Csv, key: "Label");
        var encoder = RecordEncoder<Labelled>.Of(options);
        (ValueBuffer value, ValueBuffer key) = (new ValueBuffer(), new ValueBuffer());
        encoder.Value.Write(value, new Labelled(1, 2.5f, 3));
        encoder.Key!.Write(key, new Labelled(1, 2.5f, 3));
        Assert.Equal("2.5,3", Encoding.UTF8.GetString(value.Written));
        Assert.Equal("1", Encoding.UTF8.GetString(key.Written));
    }

    [Fact]
    public void Floats_are_little_endian_one_after_another()
    {
        byte[] bytes = Encoded.Bytes(new Numbers(1, true, null, -7, 1e40, [0.5f, float.NaN], [3, 4]), Encoded.Options(WriteFormat.Float32));
        float[] read = [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(4 * i)))];
        Assert.Equal([1, 1, float.NaN, -7, float.PositiveInfinity, 0.5f, float.NaN, 3, 4], read);
    }

    /// <summary>Their properties would be taken for fields: the length of a text, the capacity of a list.</summary>
    [Fact]
    public void A_single_value_or_a_list_is_no_row()
    {
        AssertRefused("text");
        AssertRefused(DateTime.UnixEpoch);
        AssertRefused(TimeSpan.Zero);
        AssertRefused((int?)5);
        AssertRefused(Shade.Dark);
        AssertRefused<byte[]>([1]);
        AssertRefused<List<float>>([1]);
        AssertRefused(new Dictionary<string, float> { ["a"] = 1 });
        Assert.Equal("{\"Key\":\"a\",\"Value\":2}", Encoding.UTF8.GetString(Encoded.Bytes(KeyValuePair.Create("a", 2), Encoded.Options(WriteFormat.Json))));

        static void AssertRefused<T>(T row)
        {
            foreach (WriteFormat format in Enum.GetValues<WriteFormat>())
            {
                Assert.Contains("a row is a record with fields", Assert.Throws<SchemaException>(() => Encoded.Bytes(row, Encoded.Options(format))).Message);
            }
        }
    }

    [Fact]
    public void Text_is_no_float()
        => Assert.Equal("Text", Assert.Throws<SchemaException>(() => Encoded.Bytes(new { Text = "1" }, Encoded.Options(WriteFormat.Float32))).Field);

    [Theory]
    [InlineData("Text", "6B65792CC3BC")]
    [InlineData("Number", "2D3432")]
    [InlineData("Flag", "31")]
    [InlineData("Bytes", "00FF")]
    [InlineData("Shade", "4C69676874")]
    [InlineData("None", null)]
    public void Keys_are_text_or_bytes_and_stay_in_the_value(string name, string? expected)
    {
        KafkaWriterOptions options = Encoded.Options(WriteFormat.Json, key: name);
        var key = new ValueBuffer();
        RecordEncoder<Keyed>.Of(options).Key!.Write(key, new Keyed("key,ü", -42, true, [0, 255], Shade.Light, null));
        Assert.Equal(expected is null, key.IsNull);
        Assert.Equal(expected ?? "", Convert.ToHexString(key.Written));
        Assert.Contains($"\"{name}\":", Encoding.UTF8.GetString(Encoded.Bytes(new Keyed("", 0, false, [], Shade.Dark, null), options)));
    }

    [Theory]
    [InlineData("Nowhere")]
    [InlineData("Many")]
    [InlineData("Inner")]
    public void What_is_not_there_or_not_single_cannot_be_the_key(string name)
    {
        SchemaException e = Assert.Throws<SchemaException>(() => RecordEncoder<ManyKeys>.Of(Encoded.Options(WriteFormat.Json, key: name)));
        Assert.Equal(name, e.Field);
    }

    [Theory]
    [InlineData(WriteFormat.Float32, ByteOrder.LittleEndian, "0000803F 0000803F 0000C07F 000080C0 0000003F 0000C03F 000000C0 0000E040")]
    [InlineData(WriteFormat.Float32, ByteOrder.BigEndian, "3F800000 3F800000 7FC00000 C0800000 3F000000 3FC00000 C0000000 40E00000")]
    [InlineData(WriteFormat.Float64, ByteOrder.LittleEndian, "000000000000F03F 000000000000F03F 000000000000F87F 00000000000010C0 000000000000E03F 000000000000F83F 00000000000000C0 0000000000001C40")]
    [InlineData(WriteFormat.Float64, ByteOrder.BigEndian, "3FF0000000000000 3FF0000000000000 7FF8000000000000 C010000000000000 3FE0000000000000 3FF8000000000000 C000000000000000 401C000000000000")]
    public void Floats_are_of_either_size_and_either_byte_order(WriteFormat format, ByteOrder order, string expected)
    {
        KafkaWriterOptions options = Encoded.Options(format) with { ByteOrder = order };
        byte[] bytes = Encoded.Bytes(new Numbers(1, true, null, -4, 0.5, [1.5f, -2], [7]), options);
        int size = format == WriteFormat.Float32 ? 4 : 8;
        byte nan = bytes[(2 * size) + (order == ByteOrder.LittleEndian ? size - 1 : 0)];
        Assert.Equal(0x7F, nan & 0x7F);
        bytes[(2 * size) + (order == ByteOrder.LittleEndian ? size - 1 : 0)] = 0x7F; // the sign of .NET's NaN is that of the machine
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(bytes));
    }

    [Fact]
    public void An_integer_is_rounded_to_the_nearest_float_and_a_double_stays_as_it_is()
    {
        const long between = 9_007_199_791_611_905; // above the middle of two floats by 1: a double rounds it to the middle, and from there to the float below
        byte[] single = Encoded.Bytes(new Whole(between), Encoded.Options(WriteFormat.Float32));
        Assert.Equal(9_007_200_328_482_816f, BitConverter.ToSingle(single));
        Assert.Equal(0.1, BitConverter.ToDouble(Encoded.Bytes(new Precise(0.1), Encoded.Options(WriteFormat.Float64))));
    }

    /// <summary>What is written in either size and byte order is read as such.</summary>
    [Theory]
    [InlineData(WriteFormat.Float32, ByteOrder.BigEndian)]
    [InlineData(WriteFormat.Float64, ByteOrder.LittleEndian)]
    [InlineData(WriteFormat.Float64, ByteOrder.BigEndian)]
    public async Task Floats_come_back(WriteFormat format, ByteOrder order)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        var writing = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Format = format, ByteOrder = order, Partitions = 1 };
        await using (KafkaRecordWriter<Pair> writer = await KafkaRecordWriter<Pair>.OpenAsync("floats", writing, TestContext.Current.CancellationToken))
        {
            await writer.WriteAsync(new Pair(1.5, -0.1), TestContext.Current.CancellationToken);
        }

        string[] columns = ["A", "B"];
        var reading = new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = format == WriteFormat.Float32 ? RecordFormat.Float32(columns, order) : RecordFormat.Float64(columns, order) };
        await using KafkaDataset dataset = await KafkaDataset.OpenAsync("floats", reading, TestContext.Current.CancellationToken);
        int rows = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                rows++;
                Assert.Equal((1.5f, -0.1f), (batch.Features[[0, 0]], batch.Features[[0, 1]]));
            }
        }

        Assert.Equal(1, rows);
    }

    private sealed record Pair(double A, double B);

    private sealed record Whole(long Value);

    private sealed record Precise(double Value);

    private sealed record Mixed(float A, int B, bool C, string? D, string E, string F, string G, double[] H, DateTime I, Shade J, Inner K);

    private sealed record Labelled(float Label, float A, int B);

    private sealed record Numbers(float A, bool B, double? C, int D, double E, float[] F, List<long> G);

    private sealed record Keyed(string Text, int Number, bool Flag, byte[] Bytes, Shade Shade, string? None);

    private sealed record ManyKeys(int[] Many, Inner Inner);
}
