using CsCheck;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Schemas;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>Records of fixed-width fields, which are decoded many at a time, with others in between that cannot be.</summary>
public sealed class FixedWidthRecordsTests
{
    private const string Fields = """{"name":"y","type":"float"},{"name":"a","type":"float"},{"name":"b","type":"float"}""";

    [Fact]
    public async Task Every_good_record_is_a_row_wherever_odd_ones_are() => await Gen.Select(Gen.Int[0, 400], Gen.Int[1, 200], Gen.Int).SampleAsync(
        async (count, distance, seed) =>
        {
            var random = new Random(seed);
            MemoryRegistry registry = MemoryRegistry.Create();
            int id = registry.Add("t-value", Record(Fields));
            int reversed = registry.Add("t-value", Record("""{"name":"b","type":"float"},{"name":"a","type":"float"},{"name":"y","type":"float"}"""));
            int newest = registry.Add("t-value", Record(Fields + """,{"name":"c","type":"float","default":0}"""));
            var records = new List<FakeRecord>();
            var expected = new List<(long, float, float, float)>();
            for (int offset = 0; offset < count; offset++)
            {
                float y = random.Next(2);
                float a = offset;
                float b = -offset - 0.5f;
                byte[] value = Floats(y, a, b);
                int kind = random.Next(distance) == 0 ? random.Next(9) : -1;
                records.Add(kind switch
                {
                    0 => new(offset, Framed(id, Floats(2, a, b))),
                    1 => new(offset, Framed(id, Floats(float.NaN, a, b))),
                    2 => new(offset, Framed(id, value[..11])),
                    3 => new(offset, Framed(id, [.. value, 0])),
                    4 => new(offset, [1, .. Framed(id, value)[1..]]),
                    5 => new(offset, Framed(77, value)),
                    6 => new(offset, Framed(reversed, Floats(b, a, y))),
                    7 => new(offset, Framed(id, value)) { Headers = [("trace", [1, 2, 3])] },
                    8 => new(offset, Framed(newest, Floats(y, a, b, 7))),
                    _ => new(offset, Framed(id, value)),
                });
                if (kind is < 0 or > 5)
                {
                    expected.Add((offset, y, a, b));
                }
            }

            var engine = new FakeEngine(FakePartition.Of(0, records));
            await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions
            {
                BootstrapServers = "fake:1",
                SchemaRegistry = registry.Client,
                Label = LabelColumn.Binary("y"),
                Features = ["a", "b"],
                OnBadRecord = BadRecordPolicy.Skip,
            });
            if (count > 0 && expected.Count == 0)
            {
                await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync(dataset)); // a pass in which no record can be decoded
                return;
            }

            List<(long, float, float, float)> rows = await ReadAsync(dataset);
            Assert.Equal(expected, rows);
            Assert.Equal(count - expected.Count, dataset.SkippedRecords);
        },
        iter: 200,
        threads: 2);

    private static async Task<List<(long, float, float, float)>> ReadAsync(KafkaDataset dataset)
    {
        var rows = new List<(long, float, float, float)>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++)
                {
                    rows.Add((batch.Offsets[row], batch.Labels[row], batch.Features[row, 0], batch.Features[row, 1]));
                }
            }
        }

        return rows;
    }

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
