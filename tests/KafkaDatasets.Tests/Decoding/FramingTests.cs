using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Schemas;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Values behind Confluent's prefix or GUID header, and those that pretend to be.</summary>
public sealed class FramingTests
{
    private static readonly string V1 = Record("""{"name":"id","type":"int"}""");
    private static readonly string V2 = Record("""{"name":"id","type":"int"},{"name":"x","type":"float","default":-1}""");
    private static readonly Guid Guid1 = Guid.Parse("01020304-0506-0708-090a-0b0c0d0e0f10");
    private static readonly Guid Guid2 = Guid.Parse("ffeeddcc-bbaa-9988-7766-554433221100");

    private readonly MemoryRegistry _registry = MemoryRegistry.Create();
    private readonly int _id1;
    private readonly int _id2;

    public FramingTests()
    {
        _id1 = _registry.Add("t-value", V1, Guid1);
        _id2 = _registry.Add("t-value", V2, Guid2);
    }

    [Fact]
    public async Task Prefix_and_header_and_both_schemas_mix()
    {
        FakeRecord[] records =
        [
            new(0, Framed(_id1, Encode(V1, 10))),
            Header(1, Guid2, Encode(V2, 11, 1.5f)),
            Header(2, Guid1, Encode(V1, 12)),
            new(3, Framed(_id2, Encode(V2, 13, 2.5f))),
            Header(4, Guid1, Encode(V1, 14)),
            new(5, Encode(V1, 15)) { Headers = [("__value_schema_id", IdHeader(_id1))] },
            new(6, Encode(V2, 16, 3.5f)) { Headers = [("a", [1, 2]), ("null", null), ("__value_schema_id", GuidHeader(Guid1)), ("long", new byte[5000]), ("__value_schema_id", GuidHeader(Guid2))] },
            new(7, Framed(_id2, Encode(V2, 17, 4.5f))) { Headers = [("other", GuidHeader(Guid1)), ("__key_schema_id", GuidHeader(Guid1))] },
        ];
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Throw, records);
        Assert.Equal(
            [[10, -1f], [11, 1.5f], [12, -1f], [13, 2.5f], [14, -1f], [15, -1f], [16, 3.5f], [17, 4.5f]],
            dataset.ToDataView(new MLContext()).Read("id", "x"));
    }

    public static TheoryData<string, byte[], string> BadFramings => new()
    {
        { "no byte", [], "0 bytes" },
        { "cut in the id", [0, 0, 0, 0], "4 bytes" },
        { "another magic byte", [1, 0, 0, 0, 100, 0], "0x01" },
        { "no framing", "{\"id\":1}"u8.ToArray(), "0x7b" },
    };

    [Theory]
    [MemberData(nameof(BadFramings))]
    public async Task Broken_framing_says_where_and_names_no_schema(string what, byte[] value, string part)
    {
        Assert.NotEmpty(what);
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Throw, Good(0), new(1, value));
        RecordDecodingException e = ReadsBad(dataset);
        Assert.Equal(("t", 0, 1L, null, null), (e.Topic, e.Partition, e.Offset, e.SchemaId, e.Field));
        Assert.Contains(part, e.Message);
        Assert.DoesNotContain("schema id", e.Message.Replace("the schema id", ""));
        Assert.Contains("BadRecordPolicy.Skip", e.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("010203")]
    [InlineData("00000064")]
    [InlineData("0200000000000000000000000000000000")]
    [InlineData("010102030405060708090a0b0c0d0e0f1000")] // a known GUID, and a byte too many
    [InlineData(null)]
    public async Task A_broken_header_is_a_bad_record(string? hex)
    {
        byte[]? header = hex is null ? null : Convert.FromHexString(hex);
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Throw, Good(0), new(1, Framed(_id2, Encode(V2, 1, 1f))) { Headers = [("__value_schema_id", header)] });
        RecordDecodingException e = ReadsBad(dataset);
        Assert.Equal(1, e.Offset);
        Assert.Contains("__value_schema_id", e.Message);
    }

    [Fact]
    public async Task A_value_cut_after_its_framing_names_the_schema_and_the_field()
    {
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Throw, new FakeRecord(7, Framed(_id2, Encode(V2, 1, 1f)[..3])));
        RecordDecodingException e = ReadsBad(dataset);
        Assert.Equal((7L, _id2, "x"), (e.Offset, e.SchemaId, e.Field));
        Assert.Contains($"schema id {_id2}", e.Message);

        await using KafkaDataset byGuid = await OpenAsync(BadRecordPolicy.Throw, Header(7, Guid2, Encode(V2, 1, 1f)[..3]));
        e = ReadsBad(byGuid);
        Assert.Equal((null, "x"), (e.SchemaId, e.Field));
        Assert.Contains(Guid2.ToString(), e.Message);
    }

    [Fact]
    public async Task An_unknown_schema_is_a_bad_record_with_the_registrys_code()
    {
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Throw, Good(0), new(1, Framed(77, [2])));
        RecordDecodingException e = ReadsBad(dataset);
        Assert.Equal((1L, 77), (e.Offset, e.SchemaId));
        Assert.Equal(40403, Assert.IsType<SchemaException>(e.InnerException).ErrorCode);

        await using KafkaDataset byGuid = await OpenAsync(BadRecordPolicy.Throw, Header(0, Guid.Empty, [2]));
        e = ReadsBad(byGuid);
        Assert.Null(e.SchemaId);
        Assert.Contains(Guid.Empty.ToString(), e.Message);
        Assert.DoesNotContain("schema id 0", e.Message);
    }

    [Fact]
    public async Task Schema_id_0_after_a_GUID_is_not_the_GUIDs_schema()
    {
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Throw, Header(0, Guid2, Encode(V2, 1, 1f)), new(1, Framed(0, Encode(V2, 1, 1f))));
        Assert.Equal((1L, 0), (ReadsBad(dataset).Offset, ReadsBad(dataset).SchemaId));
    }

    [Fact]
    public async Task Skipping_leaves_out_the_bad_records_alone_and_keeps_batches_full()
    {
        var random = new Random(11);
        var records = new List<FakeRecord>();
        var good = new List<long>();
        for (int offset = 0; offset < 5000; offset++)
        {
            bool isBad = offset >= 4000 || random.Next(3) == 0;
            records.Add(!isBad ? Good(offset) : random.Next(6) switch
            {
                0 => new(offset, [9, 9]),
                1 => new(offset, Framed(_id2, [2])),
                2 => new(offset, [.. Framed(_id2, Encode(V2, 1, 1f)), 0]),
                3 => new(offset, Framed(66, [2])),
                4 => Header(offset, Guid.Empty, [2]),
                _ => new(offset, Framed(_id1, [])),
            });
            if (!isBad)
            {
                good.Add(offset);
            }
        }

        records.RemoveAt(good.Count % 10 == 0 ? 4999 : 4998); // the number of offsets says nothing
        while (good.Count % 10 != 0)
        {
            records[(int)good[^1]] = new FakeRecord(good[^1], []);
            good.RemoveAt(good.Count - 1);
        }

        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Skip, [.. records]);
        var sizes = new List<int>();
        var offsets = new List<long>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 10 }, TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                sizes.Add(batch.Rows);
                offsets.AddRange(batch.Offsets);
                Assert.All(Enumerable.Range(0, batch.Rows), row => Assert.Equal(batch.Offsets[row], batch.Features[row, 0]));
            }
        }

        Assert.Equal(good, offsets);
        Assert.All(sizes, size => Assert.Equal(10, size)); // and no empty one after the last
        Assert.Equal(records.Count - good.Count, dataset.SkippedRecords);
        Assert.Equal(good.Count, dataset.ToDataView(new MLContext()).Read("id").Count);
        Assert.Equal(2 * (records.Count - good.Count), dataset.SkippedRecords);
        Assert.InRange(_registry.Asked.Count(q => q == "id 66"), 1, 2 * 2); // once a pass, or once a worker that meets it at the same moment
    }

    [Fact]
    public async Task A_pass_in_which_no_record_can_be_decoded_throws_though_bad_records_are_left_out()
    {
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Skip, [.. Enumerable.Range(0, 3000).Select(i => new FakeRecord(i, [1]))]);
        RecordDecodingException batches = await Assert.ThrowsAsync<RecordDecodingException>(async () =>
        {
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
            {
                Assert.Fail($"a batch of {batch.Rows} rows");
            }
        });
        RecordDecodingException view = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("id"));
        Assert.All([batches, view], e =>
        {
            Assert.Contains("None of the 3000 records", e.Message);
            Assert.Contains("the value has 1 bytes", e.Message);
            Assert.Equal("t", e.Topic);
        });
        Assert.Equal(6000, dataset.SkippedRecords);
        await using KafkaDataset one = await OpenAsync(BadRecordPolicy.Skip, new FakeRecord(0, [1]), Good(1));
        Assert.Equal([[1]], one.ToDataView(new MLContext()).Read("id"));
        await using KafkaDataset empty = await OpenAsync(BadRecordPolicy.Skip);
        Assert.Empty(empty.ToDataView(new MLContext()).Read("id"));
    }

    /// <summary>The field by which a split chooses is decoded first: no record reaches the columns.</summary>
    [Fact]
    public async Task So_does_a_pass_over_a_split_by_a_field()
    {
        FakeRecord[] records = [.. Enumerable.Range(0, 3000).Select(i => new FakeRecord(i, [1]))];
        var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = _registry.Client, OnBadRecord = BadRecordPolicy.Skip, Split = DatasetSplit.ByField("id", 0, 0.1) };
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, records)).OpenAsync(options);
        for (int pass = 0; pass < 2; pass++)
        {
            Assert.Contains("None of the 3000 records", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("id")).Message);
        }

        await using KafkaDataset none = await new FakeEngine(FakePartition.Of(0, [Good(0), new FakeRecord(1, [1])])).OpenAsync(options with { Split = DatasetSplit.ByField("id", 0, 1e-9) });
        Assert.Empty(none.ToDataView(new MLContext()).Read("id")); // one could be decoded, and is of another split
    }

    [Fact]
    public async Task An_outage_of_the_registry_is_never_skipped_and_passes_when_it_is_over()
    {
        await using KafkaDataset dataset = await OpenAsync(BadRecordPolicy.Skip, Good(0), new(1, Framed(_id1, Encode(V1, 1))));
        _registry.Before = question => question == $"id {_id1}" ? Task.FromException(new HttpRequestException("connection refused")) : Task.CompletedTask;
        SchemaException e = Assert.Throws<SchemaException>(() => dataset.ToDataView(new MLContext()).Read("id"));
        Assert.Contains("connection refused", e.Message);
        Assert.Equal(0, dataset.SkippedRecords);
        _registry.Before = null;
        Assert.Equal([[0], [1]], dataset.ToDataView(new MLContext()).Read("id"));
    }

    [Fact]
    public async Task All_cursors_of_a_view_leave_out_the_same_records()
    {
        string schema = Record("""{"name":"label","type":"int"},{"name":"x","type":"float"},{"name":"s","type":"string"},{"name":"e","type":{"type":"enum","name":"E","symbols":["A"]}}""");
        byte[] head = Encode(e =>
        {
            e.WriteInt(1);
            e.WriteFloat(1);
        });
        FakeRecord[] records =
        [
            new(0, [.. head, 0, 0]),
            new(1, [.. head, 9, 0]), // a text beyond the end
            new(2, [.. head, 0, 2]), // no such symbol
            new(3, [4, .. head[1..], 0, 0]), // label 2
            new(4, [.. head, 0, 0]),
        ];
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, records)).OpenAsync(schema, LabelColumn.Binary("label"), onBadRecord: BadRecordPolicy.Skip);
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.All(
            (string[][])[[], ["s"], ["x"], ["Features"], ["Label"], ["e"], ["label"], ["s", "e", "Label", "Features"]],
            columns => Assert.Equal(2, view.Read(columns).Count));
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.Equal([0, 4], batch.Offsets.ToArray()); // the rows of the view, although no tensor reads the symbol
        }
    }

    private static RecordDecodingException ReadsBad(KafkaDataset dataset) => Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("id"));

    private static FakeRecord Header(long offset, Guid guid, byte[] value) => new(offset, value) { Headers = [("__value_schema_id", GuidHeader(guid))] };

    private static byte[] GuidHeader(Guid guid) => [1, .. guid.ToByteArray(bigEndian: true)];

    private static byte[] IdHeader(int id) => Framed(id, []);

    private FakeRecord Good(long offset) => new(offset, Framed(_id2, Encode(V2, (int)offset, 1f)));

    private Task<KafkaDataset> OpenAsync(BadRecordPolicy policy, params FakeRecord[] records) =>
        new FakeEngine(FakePartition.Of(0, records)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = _registry.Client, OnBadRecord = policy, PrefetchBytes = KafkaDatasetOptions.MinPrefetchBytes, DecodeWorkers = 2 });
}
