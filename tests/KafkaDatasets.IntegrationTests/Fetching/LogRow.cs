namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>A row of a <see cref="LogTopic"/>.</summary>
internal readonly record struct LogRow(int Partition, long Offset, float Label, float Number)
{
    /// <summary>The rows of these records, decoded by hand, in canonical order by its definition: stripe by stripe, and in each by partition.</summary>
    public static List<LogRow> Of(IEnumerable<LogRecord> records, DatasetSnapshot snapshot)
    {
        var starts = snapshot.Partitions.ToDictionary(p => p.Partition, p => p.Start);
        return
        [
            .. records
                .Where(r => r.Value is { Length: > 0 })
                .Select(r => new LogRow(r.Partition, r.Offset, BitConverter.ToSingle(r.Value!), BitConverter.ToSingle(r.Value!, 4)))
                .OrderBy(r => (r.Offset - starts[r.Partition]) / snapshot.StripeLength)
                .ThenBy(r => r.Partition)
                .ThenBy(r => r.Offset),
        ];
    }

    /// <summary>The rows of a dataset's batches, in their order.</summary>
    public static async Task<List<LogRow>> ReadAsync(KafkaDataset dataset, int batchSize, CancellationToken cancellationToken)
    {
        var rows = new List<LogRow>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { BatchSize = batchSize }, cancellationToken))
        {
            using (batch)
            {
                for (int row = 0; row < batch.Rows; row++)
                {
                    rows.Add(new LogRow(batch.Partitions[row], batch.Offsets[row], batch.Labels[row], batch.Features[row, 0]));
                }
            }
        }

        return rows;
    }
}
