using Avro.IO;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>Types that Apache.Avro's writer does not know, or whose edges it does not reach; the bytes are written by hand.</summary>
public sealed class AvroTypesTests
{
    public static TheoryData<string, long, string?> Times => new()
    {
        { "int date", 0, "1970-01-01T00:00:00.0000000" },
        { "int date", -719162, "0001-01-01T00:00:00.0000000" },
        { "int date", 2932896, "9999-12-31T00:00:00.0000000" },
        { "int date", 2932897, null },
        { "int date", -719163, null },
        { "int date", int.MaxValue, null },
        { "long timestamp-millis", -1, "1969-12-31T23:59:59.9990000+00:00" },
        { "long timestamp-millis", 253402300799999, "9999-12-31T23:59:59.9990000+00:00" },
        { "long timestamp-millis", 253402300800000, null },
        { "long timestamp-millis", long.MinValue, null },
        { "long timestamp-micros", 1_234_567, "1970-01-01T00:00:01.2345670+00:00" },
        { "long timestamp-micros", long.MaxValue, null },
        { "long timestamp-nanos", 1_234_567_899, "1970-01-01T00:00:01.2345678+00:00" },
        { "long timestamp-nanos", -1, "1969-12-31T23:59:59.9999999+00:00" },
        { "long timestamp-nanos", long.MaxValue, "2262-04-11T23:47:16.8547758+00:00" },
        { "long timestamp-nanos", long.MinValue, "1677-09-21T00:12:43.1452241+00:00" },
        { "long local-timestamp-millis", 1000, "1970-01-01T00:00:01.0000000" },
        { "long local-timestamp-micros", -1, "1969-12-31T23:59:59.9999990" },
        { "long local-timestamp-nanos", 99, "1970-01-01T00:00:00.0000000" },
        { "int time-millis", 86_399_999, "23:59:59.9990000" },
        { "int time-millis", 0, "00:00:00" },
        { "int time-millis", 86_400_000, null },
        { "int time-millis", -1, null },
        { "long time-micros", 86_399_999_999, "23:59:59.9999990" },
        { "long time-micros", 86_400_000_000, null },
    };

    [Theory]
    [MemberData(nameof(Times))]
    public async Task Times_are_exact_and_those_outside_the_calendar_are_bad_records(string type, long value, string? expected)
    {
        string schema = Record($$$"""{"name":"x","type":{"type":"{{{type.Split(' ')[0]}}}","logicalType":"{{{type.Split(' ')[1]}}}"}},{"name":"y","type":"int"}""");
        byte[] bytes = Encode(e =>
        {
            e.WriteLong(value);
            e.WriteInt(7);
        });
        if (expected is null)
        {
            RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync(schema, bytes, "x"));
            Assert.Equal("x", e.Field);
            Assert.Equal([[7]], await ReadAsync(schema, bytes, "y")); // it is not read
            Assert.Contains($"{value} is outside", e.Message);
            return;
        }

        object[] row = Assert.Single(await ReadAsync(schema, bytes, "x", "y"));
        Assert.Equal(7, row[1]);
        Assert.Equal(expected, row[0] switch
        {
            DateTime { Kind: DateTimeKind.Unspecified } t => t.ToString("O"),
            DateTimeOffset t => t.ToString("O"),
            var span => span.ToString(),
        });
    }

    [Theory]
    [InlineData("00", 0, 0.0)]
    [InlineData("", 3, 0.0)]
    [InlineData("ff", 0, -1.0)]
    [InlineData("ff38", 2, -2.0)]
    [InlineData("7f", 1, 12.7)]
    [InlineData("20000000000001", 0, 9007199254740992.0)] // 2^53 + 1: to even
    [InlineData("20000000000003", 0, 9007199254740996.0)]
    [InlineData("20000000000001", 1, 900719925474099.2)] // …099.3
    [InlineData("0080000000000000000000000000000000", 0, 1.7014118346046923e38)] // 2^127
    [InlineData("80000000000000000000000000000000", 0, -1.7014118346046923e38)]
    [InlineData("0de0b6b3a7640000", 18, 1.0)]
    [InlineData("01", 30, 1e-30)]
    [InlineData("01", 400, 0.0)]
    public void Decimals_are_the_nearest_double(string unscaled, int scale, double expected) =>
        Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(AvroDecimal.ToDouble(Convert.FromHexString(unscaled), scale)));

    [Fact]
    public void Decimals_round_as_parsing_their_digits_does()
    {
        var random = new Random(4);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(1, 30)];
            random.NextBytes(bytes);
            int scale = random.Next(40);
            string digits = new System.Numerics.BigInteger(bytes, isBigEndian: true).ToString(System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(double.Parse($"{digits}e-{scale}", System.Globalization.CultureInfo.InvariantCulture), AvroDecimal.ToDouble(bytes, scale));
        }
    }

    [Fact]
    public async Task A_decimal_of_a_million_bytes_is_a_bad_record()
    {
        string schema = Record("""{"name":"x","type":{"type":"bytes","logicalType":"decimal","precision":4}}""");
        byte[] huge = Encode(e => e.WriteBytes(new byte[1_000_000]));
        Assert.Contains("1000000 bytes", (await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync(schema, huge, "x"))).Message);
    }

    [Fact]
    public async Task Decimals_and_times_keep_their_value_where_the_writer_has_another_scale_or_unit()
    {
        string writer = """{"type":"record","name":"Row","fields":[{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}},{"name":"t","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"i","type":"int"}]}""";
        string reader = """{"type":"record","name":"Row","fields":[{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":3}},{"name":"t","type":{"type":"long","logicalType":"timestamp-micros"}},{"name":"i","type":{"type":"long","logicalType":"timestamp-millis"}}]}""";
        Schemas.MemoryRegistry registry = Schemas.MemoryRegistry.Create();
        int id = registry.Add("t-value", writer);
        registry.Add("t-value", reader);
        byte[] value = Encode(e =>
        {
            e.WriteBytes([15]);
            e.WriteLong(1000);
            e.WriteInt(2000);
        });
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [Framed(id, value)])).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client });
        Assert.Equal([[1.5, DateTimeOffset.UnixEpoch.AddSeconds(1), DateTimeOffset.UnixEpoch.AddSeconds(2)]], dataset.ToDataView(new MLContext()).Read("d", "t", "i"));
    }

    [Fact]
    public async Task Uuids_of_16_bytes_and_durations()
    {
        string schema = Record("""{"name":"u","type":{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}},{"name":"d","type":{"type":"fixed","name":"D","size":12,"logicalType":"duration"}},{"name":"again","type":["null","U"]}""");
        byte[] value = [.. Enumerable.Range(0x10, 16).Select(i => (byte)i), 1, 0, 0, 0, 0, 1, 0, 0, 255, 255, 255, 255, 0];
        Assert.Equal([["10111213-1415-1617-1819-1a1b1c1d1e1f", new uint[] { 1, 256, uint.MaxValue }, ""]], await ReadAsync(schema, value, "u", "d", "again"));
    }

    [Fact]
    public async Task Missing_records_and_lists_within_lists_keep_the_others_in_step()
    {
        string schema = Record("""
            {"name":"items","type":{"type":"array","items":["null",{"type":"record","name":"I","fields":[
                {"name":"x","type":"int"},{"name":"tags","type":["null",{"type":"array","items":["null","string"]}]},{"name":"u","type":["int","string"]}]}]}},
            {"name":"blobs","type":{"type":"array","items":"bytes"}}
            """);
        byte[] value = Encode(e =>
        {
            e.WriteLong(3);
            e.WriteLong(0); // no record
            e.WriteLong(1);
            e.WriteInt(5);
            e.WriteLong(1);
            e.WriteLong(2);
            e.WriteLong(1);
            e.WriteString("a");
            e.WriteLong(0); // no text
            e.WriteLong(0);
            e.WriteLong(0);
            e.WriteInt(-1);
            e.WriteLong(1);
            e.WriteInt(6);
            e.WriteLong(0); // no list
            e.WriteLong(1);
            e.WriteString("b");
            e.WriteLong(0);
            e.WriteLong(2);
            e.WriteBytes([1, 2]);
            e.WriteBytes([]);
            e.WriteLong(0);
        });
        object[] row = Assert.Single(await ReadAsync(schema, value, "items.x", "items.tags", "items.tags.lengths", "items.u.int", "items.u.string", "blobs", "blobs.lengths"));
        Assert.Equal(
            [new[] { double.NaN, 5, 6 }, new[] { "a", "" }, new[] { 0, 2, 0 }, new[] { double.NaN, -1, double.NaN }, new[] { "", "", "b" }, new byte[] { 1, 2 }, new[] { 2, 0 }],
            row);
    }

    [Fact]
    public async Task Keys_of_maps_are_columns_the_last_of_the_same_name_counts()
    {
        string schema = Record("""{"name":"m","type":{"type":"map","values":["null","long","string"]}},{"name":"n","type":["null",{"type":"map","values":{"type":"array","items":"int"}}]}""");
        byte[][] values =
        [
            Encode(e =>
            {
                e.WriteLong(-2);
                e.WriteLong(7);
                Entry(e, "k", 1, 5);
                Entry(e, "z", 1, 6);
                e.WriteLong(1);
                Entry(e, "k", 1, 7);
                e.WriteLong(0);
                e.WriteLong(1);
                e.WriteLong(1);
                e.WriteString("list");
                e.WriteLong(2);
                e.WriteInt(8);
                e.WriteInt(9);
                e.WriteLong(0);
                e.WriteLong(0);
            }),
            Encode(e =>
            {
                e.WriteLong(0);
                e.WriteLong(0);
            }),
        ];
        values[0][1] = 16; // eight bytes
        var engine = new FakeEngine(FakePartition.Of(0, values));
        await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(schema), ExtraColumns = ["m.k", "n.list"], Features = ["m.z.long"] });
        Assert.Equal(["m.k.long", "m.k.string", "m.z.long", "m.z.string", "n.list"], dataset.Schema.Columns.Select(c => c.Name));
        Assert.Equal([[7.0, 6.0, new[] { 8, 9 }, new[] { 6f }], [double.NaN, double.NaN, Array.Empty<int>(), new[] { float.NaN }]], dataset.ToDataView(new MLContext()).Read("m.k.long", "m.z.long", "n.list", "Features"));

        static void Entry(BinaryEncoder e, string key, int branch, long value)
        {
            e.WriteString(key);
            e.WriteLong(branch);
            e.WriteLong(value);
        }
    }

    [Fact]
    public async Task Items_without_bytes_are_bounded_where_they_are_columns()
    {
        string Items(string fields) => Record($$$$"""{"name":"v","type":{"type":"array","items":{"type":"record","name":"I","fields":[{{{{fields}}}}]}}}""");
        Schemas.MemoryRegistry registry = Schemas.MemoryRegistry.Create();
        int id = registry.Add("t-value", Items(""));
        registry.Add("t-value", Items("""{"name":"x","type":"int","default":3}"""));
        var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client };
        await using KafkaDataset few = await new FakeEngine(FakePartition.Of(0, [Framed(id, [4, 0])])).OpenAsync(options);
        Assert.Equal([[new[] { 3, 3 }]], few.ToDataView(new MLContext()).Read("v.x"));
        await using KafkaDataset many = await new FakeEngine(FakePartition.Of(0, [Framed(id, Encode(e => e.WriteLong(1L << 40)))])).OpenAsync(options);
        Assert.Equal("v", Assert.Throws<RecordDecodingException>(() => many.ToDataView(new MLContext()).Read("Offset")).Field);
    }

    [Theory]
    [InlineData("float")]
    [InlineData("int")]
    [InlineData("string")]
    public async Task A_value_of_ten_bytes_that_claims_gigabytes_is_refused_before_memory_is_taken(string items)
    {
        string schema = Record($$$"""{"name":"v","type":{"type":"array","items":"{{{items}}}"}}""");
        byte[] value = [.. Encode(e => e.WriteLong(1L << 31)), 1, 2, 3, 4, 5];
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [value])).OpenAsync(schema);
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Throws<RecordDecodingException>(() => view.Read("v"));
        long before = GC.GetTotalAllocatedBytes();
        Assert.Throws<RecordDecodingException>(() => view.Read("v"));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 100_000_000);
    }

    [Fact]
    public async Task A_label_is_checked_before_it_is_rounded()
    {
        string schema = Record("""{"name":"y","type":"double"},{"name":"x","type":"float"}""");
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [Encode(schema, 1.0, 2f), Encode(schema, 1e-60, 2f)])).OpenAsync(schema, LabelColumn.Binary("y"));
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("x"));
        Assert.Equal((1L, "y"), (e.Offset, e.Field));
        Assert.Contains("1E-60", e.Message);
    }

    private static async Task<List<object[]>> ReadAsync(string schema, byte[] value, params string[] columns)
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [value])).OpenAsync(schema);
        return dataset.ToDataView(new MLContext()).Read(columns);
    }
}
