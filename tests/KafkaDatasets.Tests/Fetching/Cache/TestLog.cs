using System.Text;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Tests.Fetching.Direct;

namespace KafkaDatasets.Tests.Fetching.Cache;

/// <summary>Partitions with gaps and with transactions, some of them aborted; it knows which rows a read-committed reader sees.</summary>
internal sealed class TestLog
{
    private readonly List<(long First, long Last, byte[] Bytes)>[] _batches;
    private readonly List<(long Producer, long First, long Marker)>[] _aborted;

    public TestLog(int seed, int partitions, int length)
    {
        var random = new Random(seed);
        _batches = [.. Enumerable.Range(0, partitions).Select(_ => new List<(long, long, byte[])>())];
        _aborted = [.. Enumerable.Range(0, partitions).Select(_ => new List<(long, long, long)>())];
        var ranges = new List<PartitionRange>();
        for (int p = 0; p < partitions; p++)
        {
            long offset = 0;
            var open = new Dictionary<long, (long First, List<(int, long, string)> Rows)>();
            while (offset < length || open.Count > 0)
            {
                offset += random.Next(8) == 0 ? random.Next(300) : 0; // what compaction has taken
                long producer = random.Next(4);
                if (producer > 0 && open.TryGetValue(producer, out (long First, List<(int, long, string)> Rows) transaction) && (random.Next(2) == 0 || offset >= length))
                {
                    bool isCommit = random.Next(2) == 0;
                    Add(p, offset, offset, TestBatch.Marker(offset, producer, isCommit));
                    if (isCommit)
                    {
                        Rows.AddRange(transaction.Rows);
                    }
                    else
                    {
                        _aborted[p].Add((producer, transaction.First, offset));
                    }

                    open.Remove(producer);
                    offset++;
                    continue;
                }

                if (offset >= length)
                {
                    continue;
                }

                int count = random.Next(1, 60);
                (int, long, string)[] rows = [.. Enumerable.Range(0, count).Select(i => (p, offset + i, $"{p} {offset + i} {new string('x', random.Next(90))}"))];
                var batch = new TestBatch
                {
                    BaseOffset = offset,
                    Codec = (CompressionCodec)random.Next(3),
                    IsTransactional = producer > 0,
                    ProducerId = producer > 0 ? producer : -1,
                    Records = [.. rows.Select((r, i) => new TestRecord(i, Encoding.UTF8.GetBytes(r.Item3)))],
                };
                Add(p, offset, offset + count - 1, batch);
                if (producer == 0)
                {
                    Rows.AddRange(rows);
                }
                else
                {
                    open.TryAdd(producer, (offset, []));
                    open[producer].Rows.AddRange(rows);
                }

                offset += count;
            }

            ranges.Add(new PartitionRange(p, 0, offset + 7));
            Add(p, offset + 9, offset + 9, TestBatch.Of(offset + 9, CompressionCodec.None, "beyond"u8.ToArray())); // the range ends in a gap
        }

        Snapshot = new DatasetSnapshot("log", new Guid(seed, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), ranges);
        Rows.Sort();
    }

    public DatasetSnapshot Snapshot { get; }

    /// <summary>The rows of the snapshot, sorted.</summary>
    public List<(int Partition, long Offset, string Value)> Rows { get; } = [];

    /// <summary>Whole batches from the one that has an offset on, and the aborted transactions that end behind it, as a broker gives them.</summary>
    public (byte[] Bytes, AbortedTransaction[]? Aborted) Fetch(int partition, long offset, int maxBytes)
    {
        using var bytes = new MemoryStream();
        long end = offset;
        foreach ((long first, long last, byte[] batch) in _batches[partition].SkipWhile(b => b.Last < offset))
        {
            if (bytes.Length > 0 && bytes.Length + batch.Length > maxBytes)
            {
                break;
            }

            bytes.Write(batch);
            end = last;
        }

        AbortedTransaction[] aborted = [.. _aborted[partition].Where(a => a.Marker >= offset && a.First <= end).Select(a => new AbortedTransaction(a.Producer, a.First))];
        return (bytes.ToArray(), aborted.Length == 0 ? null : aborted);
    }

    private void Add(int partition, long first, long last, TestBatch batch) => _batches[partition].Add((first, last, batch.ToBytes()));
}
