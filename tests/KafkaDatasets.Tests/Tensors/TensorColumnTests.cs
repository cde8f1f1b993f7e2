using KafkaDatasets.Rows;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Formats;
using KafkaDatasets.Tests.Formats.Avro;
using Xunit;

namespace KafkaDatasets.Tests.Tensors;

/// <summary>Named tensors of four types, their shapes, padding and missing values.</summary>
public sealed class TensorColumnTests
{
    private const int RowCount = 700;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(5000)]
    public async Task Several_tensors_of_a_batch_have_their_types_and_shapes(int batchSize)
    {
        await using KafkaDataset dataset = await EveryTypeAsync(RowCount);
        var options = new BatchOptions
        {
            BatchSize = batchSize,
            Tensors =
            [
                "Int8",
                TensorColumn.Double("Int32"),
                TensorColumn.Int64("Int64", missing: -1),
                TensorColumn.Int32("UInt16", missing: -1),
                TensorColumn.Int32("Key", missing: -1),
                TensorColumn.Int64("DateTimeOffset", missing: 0),
                TensorColumn.Single("UInt8.pair"),
                TensorColumn.Int64("UInt32.pair", shape: [2, 1], missing: -2),
                TensorColumn.Single("Single.list", shape: [5, 8], padding: -7),
                TensorColumn.Int64("UInt8.list", shape: [40], padding: -7, missing: -8),
            ],
        };
        int n = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(options, Token))
        {
            using (batch)
            {
                Assert.Equal([batch.Rows], batch["Int8"].Lengths);
                Assert.Equal([batch.Rows, 2], batch["UInt8.pair"].Lengths);
                Assert.Equal([batch.Rows, 2, 1], batch.Get<long>("UInt32.pair").Lengths);
                Assert.Equal([batch.Rows, 5, 8], batch["Single.list"].Lengths);
                Assert.Equal(batch.Rows, batch.Timestamps.Length);
                for (int row = 0; row < batch.Rows; row++, n++)
                {
                    bool isMissing = n % 7 == 6;
                    bool noList = n % 11 == 10;
                    Assert.Equal(isMissing ? float.NaN : (n % 256) - 128, batch["Int8"][row]);
                    Assert.Equal(isMissing ? double.NaN : int.MinValue + n, batch.Get<double>("Int32")[row]);
                    Assert.Equal(isMissing ? -1 : long.MinValue + n, batch.Get<long>("Int64")[row]);
                    Assert.Equal(isMissing ? -1 : 65535 - n, batch.Get<int>("UInt16")[row]);
                    Assert.Equal(isMissing ? -1 : n % 3, batch.Get<int>("Key")[row]);
                    Assert.Equal(isMissing ? 0 : DateTime.UnixEpoch.Ticks + (n * TimeSpan.TicksPerDay), batch.Get<long>("DateTimeOffset")[row]);
                    Assert.Equal(noList || (n + 1) % 7 == 6 ? float.NaN : (n + 1) % 256, batch["UInt8.pair"][row, 1]);
                    Assert.Equal(noList || isMissing ? -2 : uint.MaxValue - n, batch.Get<long>("UInt32.pair")[row, 0, 0]);
                    int[] items = noList ? [] : EveryType.Items(n);
                    for (int i = 0; i < 40; i++)
                    {
                        bool isItem = i < items.Length;
                        Assert.Equal(!isItem ? -7 : items[i] % 7 == 6 ? float.NaN : items[i] / 3f, batch["Single.list"][row, i / 8, i % 8]);
                        Assert.Equal(!isItem ? -7 : items[i] % 7 == 6 ? -8 : items[i] % 256, batch.Get<long>("UInt8.list")[row, i]);
                    }
                }
            }
        }

        Assert.Equal(RowCount, n);
    }

    public static TheoryData<string, TensorColumn, string[]> Unfit => new()
    {
        { """["null","int"]""", TensorColumn.Int32("x"), ["a missing value", "missing: -1"] },
        { """["null","long"]""", TensorColumn.Int64("x", padding: 0), ["a missing value", "TensorColumn.Int64(\"x\")"] },
        { "\"double\"", TensorColumn.Int64("x"), ["the number 2.5"] },
        { "\"long\"", TensorColumn.Int32("x"), ["the number 5000000000", "another type"] },
        { """{"type":"array","items":"int"}""", TensorColumn.Single("x", shape: [3]), ["a list of 2 items", "padding: 0"] },
        { """{"type":"array","items":"int"}""", TensorColumn.Single("x", shape: [1], padding: 0), ["a longer list", "larger shape"] },
        { """{"type":"array","items":"float"}""", TensorColumn.Single("x", shape: [1], padding: 0), ["a longer list", "larger shape"] },
    };

    /// <summary>The column that lacks the value is named, not the one that was read last, nor the object that it is in.</summary>
    [Theory]
    [InlineData("""{"b":1}""", "d")]
    [InlineData("""{"b":1,"d":null}""", "d")]
    [InlineData("""{"d":1,"b":2,"o":{}}""", "o.e")]
    [InlineData("""{"d":1,"b":2,"o":null}""", "o.e")]
    [InlineData("""{"d":1,"b":2}""", "o.e")]
    public async Task An_absent_member_of_JSON_is_named(string json, string field)
    {
        var format = RecordFormat.Json("""{"type":"object","properties":{"d":{"type":["integer","null"]},"b":{"type":"integer"},"o":{"oneOf":[{"type":"null"},{"type":"object","properties":{"e":{"type":["integer","null"]}}}]}}}""");
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [System.Text.Encoding.UTF8.GetBytes(json)]))
            .OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format });
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(async () =>
            await dataset.ReadBatchesAsync(new BatchOptions { Tensors = [TensorColumn.Int64("d"), TensorColumn.Int64("b"), TensorColumn.Int64("o.e")] }, Token).GetAsyncEnumerator(Token).MoveNextAsync());
        Assert.Equal(field, e.Field);
        Assert.Contains($"field '{field}': a missing value cannot be in the tensor TensorColumn.Int64(\"{field}\")", e.Message);
    }

    [Theory]
    [MemberData(nameof(Unfit))]
    public async Task What_does_not_fit_is_an_error_with_a_remedy_and_never_left_out(string type, TensorColumn tensor, string[] parts)
    {
        string schema = AvroBytes.Record($$"""{"name":"x","type":{{type}}}""");
        byte[] value = type switch
        {
            "\"double\"" => AvroBytes.Encode(e => e.WriteDouble(2.5)),
            "\"long\"" => AvroBytes.Encode(e => e.WriteLong(5_000_000_000)),
            var array when array.Contains("float", StringComparison.Ordinal) => [4, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            var array when array.StartsWith('{') => [4, 2, 4, 0],
            _ => [0],
        };
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [value])).OpenAsync(schema, onBadRecord: BadRecordPolicy.Skip);
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(async () =>
            await dataset.ReadBatchesAsync(new BatchOptions { Tensors = [tensor] }, Token).GetAsyncEnumerator(Token).MoveNextAsync());
        Assert.Equal(("x", 0L), (e.Field, e.Offset));
        Assert.All(parts, part => Assert.Contains(part, e.Message));
        Assert.DoesNotContain("Skip", e.Message);
        Assert.Equal(0, dataset.SkippedRecords);
    }

    [Fact]
    public async Task Long_integers_of_a_nullable_field_are_exact()
    {
        string schema = AvroBytes.Record("""{"name":"x","type":["null","long"]}""");
        byte[][] values = [AvroBytes.Encode(schema, long.MaxValue), [0], AvroBytes.Encode(schema, (1L << 53) + 1)];
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, values)).OpenAsync(schema);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Tensors = [TensorColumn.Int64("x", missing: -1)] }, Token))
        {
            Assert.Equal([long.MaxValue, -1, (1L << 53) + 1], [batch.Get<long>("x")[0], batch.Get<long>("x")[1], batch.Get<long>("x")[2]]);
        }
    }

    [Fact]
    public async Task Faults_are_named_at_the_call_with_the_remedy()
    {
        await using KafkaDataset dataset = await EveryTypeAsync(1);
        InvalidOptionsException e = Assert.Throws<InvalidOptionsException>(() => dataset.ReadBatchesAsync(
            new BatchOptions
            {
                Tensors =
                [
                    "Text", "TimeSpan", "Offset", "Single.list",
                    TensorColumn.Int32("Int32.pair", shape: [3]), TensorColumn.Int32("Int8.pair", shape: [-2, -1]), TensorColumn.Int32("Int16.list", shape: [1 << 20, 1 << 20]),
                    TensorColumn.Int32("UInt8", shape: [2]), TensorColumn.Single("Int64"), TensorColumn.Double("Int64"),
                ],
            },
            Token));
        Assert.Equal(9, e.Faults.Count);
        Assert.All(
            ["'Text' is of type Text", "TensorColumn.Int64(\"TimeSpan\")", "TensorBatch.Partitions", "shape: [16], padding: 0", "[3] of 3 values", "[-2, -1], which is invalid", "[1048576, 1048576], which is invalid", "'UInt8' is of type UInt8", "'Int64' more than once"],
            part => Assert.Contains(e.Faults, f => f.Contains(part, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_tensor_is_read_by_its_own_type()
    {
        await using KafkaDataset dataset = await EveryTypeAsync(1);
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Tensors = [TensorColumn.Int64("Int8")] }, Token))
        {
            Assert.Contains("Int64, not Single", Assert.Throws<InvalidOperationException>(() => batch["Int8"].Lengths.Length).Message);
            Assert.Throws<KeyNotFoundException>(() => batch.Get<long>("Int16").Lengths.Length);
        }
    }

    [Fact]
    public void A_batch_larger_than_memory_can_be_says_so()
    {
        var column = new FixedColumn<float>(ColumnType.Single, 1000);
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => column.EnsureRows(int.MaxValue));
        Assert.Contains("fewer rows", e.Message);
    }

    private static Task<KafkaDataset> EveryTypeAsync(int rows) =>
        new FakeEngine(FakePartition.Of(0, Enumerable.Range(0, rows).Select(EveryType.Encode))) { ChunkRecords = 100 }
            .OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = EveryType.Format });
}
