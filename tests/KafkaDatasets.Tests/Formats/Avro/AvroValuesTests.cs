using Avro.Generic;
using CsCheck;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>What Apache.Avro writes, the dataset holds: random records of random schemas, any columns of them in any order.</summary>
public sealed class AvroValuesTests
{
    [Fact]
    public async Task Views_and_batches_hold_what_was_written() => await Gen.Int.SampleAsync(
        async seed =>
        {
            var avro = new RandomAvro(seed);
            var random = new Random(seed);
            GenericRecord[] data = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => avro.NextDatum())];
            string[] numbers = [.. avro.Columns.Where(c => c.Type <= ColumnType.Double && !c.IsVector).Select(c => c.Name)];
            random.Shuffle(numbers);
            LabelColumn? label = random.Next(2) == 0 || numbers.Length == 0 ? null : LabelColumn.Regression(numbers[0]);
            string[] features = [.. numbers.Skip(1).Take(random.Next(numbers.Length))];
            string[] tensors = numbers.Length == 0 ? [] : random.GetItems(numbers, random.Next(4));
            var engine = new FakeEngine([FakePartition.Of(0, data.Select(AvroBytes.Encode))], seed) { ChunkRecords = 5 };
            await using KafkaDataset dataset = await engine.OpenAsync(avro.Json, label, features.Length == 0 ? null : features);

            Assert.Equal(avro.Columns, dataset.Schema.Columns.Select(c => (c.Name, c.Type, c.IsVector)));
            if (features.Length == 0)
            {
                features = [.. avro.Columns.Where(c => c.Type is > ColumnType.Boolean and <= ColumnType.Double && !c.IsVector && c.Name != label?.Field).Select(c => c.Name)];
            }

            Assert.Equal(features, dataset.Features);
            CheckView(dataset, avro, data, random, features);
            await CheckBatchesAsync(dataset, data, label, features, tensors);
            await Until.TrueAsync(() => engine.Sources.All(s => s.IsDisposed), "the source of the cursor is disposed, which nobody waits for");
            engine.AssertAllReturned();
        },
        iter: 150,
        threads: 2);

    private static void CheckView(KafkaDataset dataset, RandomAvro avro, GenericRecord[] data, Random random, string[] features)
    {
        IDataView view = dataset.ToDataView(new MLContext());
        DataViewSchema.Column[] wanted = [.. view.Schema.Where(_ => random.Next(3) > 0)];
        random.Shuffle(wanted);
        using DataViewRowCursor cursor = view.GetRowCursor(wanted);
        List<object[]> rows = cursor.Read(wanted);
        Assert.Equal(data.Length, rows.Count);
        for (int row = 0; row < data.Length; row++)
        {
            for (int i = 0; i < wanted.Length; i++)
            {
                object expected = wanted[i].Name switch
                {
                    "Label" => Number(dataset, data[row], dataset.Roles.Label!.Field),
                    "Partition" => 0,
                    "Offset" => (long)row,
                    "Timestamp" => DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000),
                    "Features" => features.Select(f => Number(dataset, data[row], f)).ToArray(),
                    var name => Expected(dataset, data[row], name),
                };
                Assert.Equal(expected, rows[row][i]);
            }
        }
    }

    private static async Task CheckBatchesAsync(KafkaDataset dataset, GenericRecord[] data, LabelColumn? label, string[] features, string[] tensors)
    {
        int seen = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = 4, Tensors = [.. tensors] }))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++, seen++)
                {
                    for (int f = 0; f < features.Length; f++)
                    {
                        Assert.Equal(Number(dataset, data[seen], features[f]), batch.Features[row, f]);
                    }

                    if (label is not null)
                    {
                        Assert.Equal(Number(dataset, data[seen], label.Field), batch.Labels[row]);
                    }

                    foreach (string tensor in tensors)
                    {
                        Assert.Equal(Number(dataset, data[seen], tensor), batch[tensor][row]);
                    }
                }
            }
        }

        Assert.Equal(data.Length, seen);
    }

    private static object Expected(KafkaDataset dataset, GenericRecord record, string column)
    {
        Assert.True(dataset.Schema.TryGetColumn(column, out DatasetColumn? definition));
        return RandomAvro.Expected(record, definition);
    }

    private static float Number(KafkaDataset dataset, GenericRecord record, string column) => RandomAvro.ToTensor(Expected(dataset, record, column));
}
