using System.Runtime.InteropServices;
using x10x_storage_machine_learning;

namespace KafkaDatasets.Benchmarks.Topics;

/// <summary>Generated records that writers write over and over.</summary>
internal static class SusyRecords
{
    public const int Count = 4096;

    public static SUSYRecord[] Some()
    {
        float[] row = new float[SUSYRecord.Fields.Count];
        var random = new RowRandom(0);
        var records = new SUSYRecord[Count];
        for (int i = 0; i < records.Length; i++)
        {
            RecordShape.Susy.Fill(MemoryMarshal.AsBytes(row.AsSpan()), ref random);
            records[i] = new SUSYRecord();
            for (int field = 0; field < row.Length; field++)
            {
                records[i].Put(field, row[field]);
            }
        }

        return records;
    }
}
