using KafkaDatasets.Benchmarks.Measuring;
using Parquet;
using Parquet.Schema;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>Parquet.Net: the columns of a row group, then batches [1000, 19] in an array that is used again.</summary>
internal sealed class ParquetFileReader(ContenderTask task) : IContender
{
    private const int BatchRows = 1000;

    public async Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(LocalFiles.Parquet(task.Folder), cancellationToken: cancellationToken);
        DataField[] fields = reader.Schema.DataFields;
        float[][] columns = new float[fields.Length][];
        float[] batch = new float[BatchRows * fields.Length];
        for (int g = 0; g < reader.RowGroupCount; g++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(g);
            int rows = (int)group.RowCount;
            for (int f = 0; f < fields.Length; f++)
            {
                if (columns[f] is null || columns[f].Length < rows)
                {
                    columns[f] = new float[rows];
                }

                await group.ReadAsync<float>(fields[f], columns[f].AsMemory(0, rows), cancellationToken: cancellationToken);
            }

            for (int start = 0; start < rows; start += BatchRows)
            {
                int count = Math.Min(BatchRows, rows - start);
                Transpose(columns, start, count, batch);
                pass.Add(count);
                if (pass.AddsUp)
                {
                    pass.AddToSum(Enumerable.Range(0, count).Sum(row => (double)batch[(row * fields.Length) + 1]));
                }
            }
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Transpose(float[][] columns, int start, int count, float[] batch)
    {
        for (int field = 0; field < columns.Length; field++)
        {
            ReadOnlySpan<float> column = columns[field].AsSpan(start, count);
            int to = field;
            foreach (float value in column)
            {
                batch[to] = value;
                to += columns.Length;
            }
        }
    }
}
