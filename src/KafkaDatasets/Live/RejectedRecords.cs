using System.Globalization;
using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;

namespace KafkaDatasets.Live;

/// <summary>
/// Collects the records that could not be decoded, and those that are no rows because what was made of them was refused, until the batches that cover their offsets are committed.
/// Decode workers add to it concurrently.
/// </summary>
internal sealed class RejectedRecords
{
    /// <summary>The maximum size of the waiting records in bytes.</summary>
    private const long MostBytes = 256L << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, SortedDictionary<long, RejectedRecord>> _records = [];
    private readonly Dictionary<int, SortedDictionary<long, string>> _refused = [];
    private long _bytes;
    private volatile bool _isEmpty = true;

    public bool IsEmpty => _isEmpty;

    /// <summary>Makes a record no row when it is read again.</summary>
    /// <param name="partition">Its partition.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="reason">What is wrong with it.</param>
    public void Refuse(int partition, long offset, string reason)
    {
        lock (_lock)
        {
            if (!_refused.TryGetValue(partition, out SortedDictionary<long, string>? offsets))
            {
                _refused.Add(partition, offsets = []);
            }

            offsets[offset] = $"{reason}.";
        }
    }

    /// <summary>The first offset of a partition, from an offset on, whose record is no row, and why; null if there is none.</summary>
    public (long Offset, string Reason)? NextRefused(int partition, long from)
    {
        lock (_lock)
        {
            foreach ((long offset, string reason) in _refused.GetValueOrDefault(partition) ?? [])
            {
                if (offset >= from)
                {
                    return (offset, reason);
                }
            }

            return null;
        }
    }

    /// <exception cref="RecordDecodingException">Too many records in a row cannot be decoded.</exception>
    public void Add(RecordChunk chunk, int index, RecordDecodingException error) => Add(chunk, index, error.Message, error);

    /// <exception cref="RecordDecodingException">Too many records in a row are no rows.</exception>
    public void Add(RecordChunk chunk, int index, string error, RecordDecodingException? cause = null)
    {
        ref readonly RecordEntry entry = ref chunk.Entries[index];
        var record = new RejectedRecord(
            chunk.Partition,
            entry.Offset,
            entry.KeyLength < 0 ? null : chunk.Key(entry).ToArray(),
            chunk.Value(entry).ToArray(),
            RecordHeaders.All(chunk, entry),
            error);
        lock (_lock)
        {
            if (_bytes > MostBytes)
            {
                throw new RecordDecodingException(string.Create(CultureInfo.InvariantCulture, $"More than {MostBytes} bytes of records cannot be decoded, without a row between them: is the format right? The last one: {error}"), cause)
                {
                    Topic = cause?.Topic,
                    Partition = record.Partition,
                    Offset = record.Offset,
                };
            }

            if (!_records.TryGetValue(record.Partition, out SortedDictionary<long, RejectedRecord>? records))
            {
                _records.Add(record.Partition, records = []);
            }

            _bytes += records.TryAdd(record.Offset, record) ? SizeOf(record) : 0;
            _isEmpty = false;
        }
    }

    /// <summary>Whether there are records of a partition in a range of offsets.</summary>
    public bool HasAny(int partition, long start, long end)
    {
        lock (_lock)
        {
            return _records.TryGetValue(partition, out SortedDictionary<long, RejectedRecord>? records) && records.Keys.SkipWhile(o => o < start).FirstOrDefault(long.MaxValue) < end;
        }
    }

    /// <summary>Removes the records of partitions below an offset of each, and returns those that are not committed yet.</summary>
    public IReadOnlyList<RejectedRecord> Take(IEnumerable<(int Partition, long Start, long End)> ranges)
    {
        if (_isEmpty)
        {
            return [];
        }

        var taken = new List<RejectedRecord>();
        lock (_lock)
        {
            foreach ((int partition, long start, long end) in ranges)
            {
                if (_refused.TryGetValue(partition, out SortedDictionary<long, string>? refused))
                {
                    foreach (long offset in refused.Keys.TakeWhile(o => o < start).ToArray())
                    {
                        refused.Remove(offset); // it is committed
                    }
                }

                if (!_records.TryGetValue(partition, out SortedDictionary<long, RejectedRecord>? records))
                {
                    continue;
                }

                foreach (RejectedRecord record in records.Values.TakeWhile(r => r.Offset < end).ToArray())
                {
                    records.Remove(record.Offset);
                    _bytes -= SizeOf(record);
                    if (record.Offset >= start)
                    {
                        taken.Add(record);
                    }
                }
            }

            _isEmpty = _records.Values.All(r => r.Count == 0);
        }

        return taken;
    }

    public void Clear()
    {
        lock (_lock)
        {
            _records.Clear();
            _bytes = 0;
            _isEmpty = true;
        }
    }

    private static long SizeOf(RejectedRecord record) => 100 + record.Value.Length + (record.Key?.Length ?? 0);
}
