using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using KafkaDatasets.Benchmarks.Topics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Parquet;
using Parquet.Schema;
using x10x_storage_machine_learning;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>The rows of a topic of SUSY records as files: what a copy in a data lake would be.</summary>
internal static class LocalFiles
{
    private const int RowGroupRows = 100_000;
    private static readonly string[] Fields = [.. SUSYRecord.Fields];

    public static string Parquet(string folder) => Path.Combine(folder, "rows.parquet");

    public static IDataView LoadText(MLContext ml, string folder) => ml.Data.LoadFromTextFile(
        Text(folder),
        [new TextLoader.Column("Label", DataKind.Boolean, 0), new TextLoader.Column("Features", DataKind.Single, 1, Fields.Length - 1)],
        separatorChar: ',');

    public static IDataView LoadBinary(MLContext ml, string folder) => ml.Data.LoadFromBinary(Binary(folder));

    /// <summary>Writes all the files.</summary>
    public static async Task WriteAsync(string folder, PartitionRows rows, CancellationToken cancellationToken)
    {
        await using (var text = new StreamWriter(Text(folder), append: false, Encoding.ASCII, 1 << 20))
        {
            await using var file = File.Create(Parquet(folder));
            var schema = new ParquetSchema(Fields.Select(f => new DataField<float>(f)));
            await using ParquetWriter parquet = await ParquetWriter.CreateAsync(schema, file, new ParquetOptions { CompressionMethod = CompressionMethod.Snappy }, cancellationToken: cancellationToken);
            float[][] group = [.. Fields.Select(_ => new float[RowGroupRows])];
            int count = 0;
            foreach (float[] row in Rows(rows))
            {
                cancellationToken.ThrowIfCancellationRequested();
                WriteLine(text, row);
                for (int field = 0; field < row.Length; field++)
                {
                    group[field][count] = row[field];
                }

                if (++count == RowGroupRows)
                {
                    await WriteAsync(parquet, schema, group, count);
                    count = 0;
                }
            }

            if (count > 0)
            {
                await WriteAsync(parquet, schema, group, count);
            }
        }

        var ml = new MLContext(seed: 1);
        await using FileStream binary = File.Create(Binary(folder));
        ml.Data.SaveAsBinary(LoadText(ml, folder), binary);
    }

    private static string Text(string folder) => Path.Combine(folder, "rows.csv");

    private static string Binary(string folder) => Path.Combine(folder, "rows.idv");

    private static async Task WriteAsync(ParquetWriter parquet, ParquetSchema schema, float[][] group, int count)
    {
        using ParquetRowGroupWriter writer = parquet.CreateRowGroup();
        foreach ((DataField field, float[] values) in schema.DataFields.Zip(group))
        {
            await writer.WriteAsync<float>(field, values.AsMemory(0, count));
        }
    }

    private static void WriteLine(StreamWriter text, float[] row)
    {
        Span<char> number = stackalloc char[32];
        for (int field = 0; field < row.Length; field++)
        {
            if (field > 0)
            {
                text.Write(',');
            }

            row[field].TryFormat(number, out int written, provider: CultureInfo.InvariantCulture);
            text.Write(number[..written]);
        }

        text.Write('\n');
    }

    /// <summary>The rows, partition by partition, in one array.</summary>
    private static IEnumerable<float[]> Rows(PartitionRows rows)
    {
        float[] row = new float[Fields.Length];
        for (int partition = 0; partition < rows.Partitions; partition++)
        {
            var random = new RowRandom(partition);
            for (long i = rows.Of(partition); i > 0; i--)
            {
                RecordShape.Susy.Fill(MemoryMarshal.AsBytes(row.AsSpan()), ref random);
                yield return row;
            }
        }
    }
}
