using System.Text;

namespace KafkaDatasets.Learning;

/// <summary>The batches that a learner has learned since its last checkpoint, as the offsets that each covers, in the order of partitions: with the log, they are enough to learn the same model again.</summary>
internal sealed class Journal
{
    private readonly MemoryStream _stream = new();
    private readonly BinaryWriter _writer;
    private readonly Dictionary<int, long> _positions = [];

    public Journal() => _writer = new BinaryWriter(_stream, Encoding.UTF8);

    public byte[] ToArray()
    {
        _writer.Flush();
        return _stream.ToArray();
    }

    public void Clear()
    {
        _writer.Flush();
        _stream.SetLength(0);
        _positions.Clear();
    }

    /// <summary>Adds a batch.</summary>
    public void Add(IReadOnlyList<PartitionRange> ranges)
    {
        _writer.Write7BitEncodedInt(ranges.Count);
        foreach (PartitionRange range in ranges)
        {
            // A start is almost always where the partition's last range ended, which is one byte.
            _writer.Write7BitEncodedInt(range.Partition);
            _writer.Write7BitEncodedInt64(range.Start - _positions.GetValueOrDefault(range.Partition));
            _writer.Write7BitEncodedInt64(range.Length);
            _positions[range.Partition] = range.End;
        }
    }

    /// <summary>The batches of a segment, in the order in which they were learned.</summary>
    /// <exception cref="FormatException">The segment is damaged.</exception>
    public static IEnumerable<IReadOnlyList<PartitionRange>> Read(byte[] segment)
    {
        using var reader = new BinaryReader(new MemoryStream(segment, writable: false), Encoding.UTF8);
        var positions = new Dictionary<int, long>();
        while (reader.BaseStream.Position < segment.Length)
        {
            var ranges = new PartitionRange[reader.Read7BitEncodedInt()];
            for (int i = 0; i < ranges.Length; i++)
            {
                int partition = reader.Read7BitEncodedInt();
                long start = positions.GetValueOrDefault(partition) + reader.Read7BitEncodedInt64();
                ranges[i] = new PartitionRange(partition, start, start + reader.Read7BitEncodedInt64());
                positions[partition] = ranges[i].End;
            }

            yield return ranges;
        }
    }
}
