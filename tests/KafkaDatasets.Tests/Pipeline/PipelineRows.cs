using Avro.IO;
using KafkaDatasets.Tests.Fetching;

namespace KafkaDatasets.Tests.Pipeline;

/// <summary>Rows whose values tell which they are.</summary>
internal static class PipelineRows
{
    public const string Schema = """
        {"type":"record","name":"Row","fields":[{"name":"id","type":"long"},{"name":"x","type":"float"},{"name":"label","type":"int"},{"name":"text","type":"string"}]}
        """;

    /// <summary>A record of that id: <c>x</c> is its half, <c>label</c> its parity, <c>text</c> as long as wanted.</summary>
    public static byte[] Encode(long id, int textLength = 0)
    {
        using var stream = new MemoryStream();
        var encoder = new BinaryEncoder(stream);
        encoder.WriteLong(id);
        encoder.WriteFloat(id / 2f);
        encoder.WriteInt((int)(id & 1));
        encoder.WriteString(new string((char)('a' + (id % 26)), textLength));
        return stream.ToArray();
    }

    /// <summary>Logs with gaps and tombstones; ids number the records of all partitions.</summary>
    /// <param name="random">What is drawn from.</param>
    /// <param name="lengths">The offsets of each partition.</param>
    /// <param name="textLength">The length of a record's text.</param>
    public static FakePartition[] Logs(Random random, IReadOnlyList<int> lengths, Func<int> textLength)
    {
        long id = 0;
        return [.. lengths.Select((length, partition) =>
        {
            long start = random.Next(3) == 0 ? random.NextInt64(1L << 40) : 0;
            double density = random.Next(4) == 0 ? random.NextDouble() : 1;
            var records = new List<FakeRecord>();
            for (long offset = start; offset < start + length; offset++)
            {
                if (random.NextDouble() < density)
                {
                    records.Add(new FakeRecord(offset, random.Next(20) == 0 ? null : Encode(id++, textLength())));
                }
            }

            return new FakePartition(partition, start, start + length, records);
        })];
    }

    /// <summary>The rows of a snapshot in canonical order, found by sorting.</summary>
    public static (int Partition, long Offset, byte[] Value)[] InOrder(IEnumerable<FakePartition> logs, DatasetSnapshot snapshot) =>
    [
        .. from log in logs
           join range in snapshot.Partitions on log.Partition equals range.Partition
           from record in log.Records
           where record.Value is not null && record.Offset >= range.Start && record.Offset < range.End
           orderby (record.Offset - range.Start) / snapshot.StripeLength, log.Partition, record.Offset
           select (log.Partition, record.Offset, record.Value!),
    ];
}
