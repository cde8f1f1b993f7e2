using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Fetching.Direct.Records;
using KafkaDatasets.Ranges;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaDatasets.Tests.Fetching.Cache;

/// <summary>An engine over logs in memory that hands out slices as a broker does, and lets a tap see them.</summary>
internal sealed class LogEngine(TestLog log, ISliceTap? tap, int seed = 1) : IFetchEngine
{
    private readonly BufferPool _buffers = new(TimeProvider.System);
    private int _fetched;

    public string Name => "log";

    /// <summary>Whether the brokers do not respond.</summary>
    public bool IsGone { get; set; }

    /// <summary>How many slices have been fetched.</summary>
    public int Fetched => _fetched;

    public ValueTask<TopicMetadata> DescribeTopicAsync(string topic, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<long[]> ListOffsetsAsync(string topic, IReadOnlyList<int> partitions, OffsetQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public bool ReadsSegmentsInParallel => true;

    public ValueTask<bool> HasConsumerProtocolAsync(CancellationToken cancellationToken) => new(false);

    public IRecordSource OpenSource(ReadOrder order, long bytes) => new Source(this, order);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Source(LogEngine engine, ReadOrder order) : IRecordSource
    {
        private readonly Decompressor _decompressor = new(1 << 20);
        private readonly Dictionary<long, (SliceDecoder Decoder, long Position)> _open = [];
        private readonly Random _random = new(engine.Seed);

        public ValueTask<RecordChunk?> ReadAsync(long segment, CancellationToken cancellationToken)
        {
            ReadSegment offsets = order.Segment(segment);
            PartitionRange range = order.Snapshot.Partitions[offsets.PartitionIndex] with { Start = offsets.Start, End = offsets.End };
            if (!_open.TryGetValue(segment, out (SliceDecoder Decoder, long Position) reader))
            {
                reader = (new SliceDecoder(new ReadFaults("log", DataLossPolicy.Throw, NullLogger.Instance), range, _decompressor, engine._buffers), range.Start);
            }

            while (true)
            {
                while (reader.Decoder.HasWork)
                {
                    PooledChunk chunk = engine._buffers.Chunks.Rent(null);
                    chunk.Chunk.Partition = range.Partition;
                    reader.Decoder.Decode(chunk);
                    _open[segment] = reader;
                    return new(chunk.Chunk);
                }

                if (reader.Position >= range.End)
                {
                    return new((RecordChunk?)null);
                }

                if (engine.IsGone)
                {
                    throw new BrokerException("The brokers are gone.");
                }

                Interlocked.Increment(ref engine._fetched);
                (byte[] bytes, AbortedTransaction[]? aborted) = engine.Log.Fetch(range.Partition, reader.Position, _random.Next(1, 60_000));
                SharedBuffer buffer = engine._buffers.Rent(bytes.Length, null);
                bytes.CopyTo(buffer.Bytes, 0);
                SliceScan scan = SliceScan.Of(bytes, reader.Position, range.End);
                var slice = new FetchedSlice(buffer, scan.Length, aborted, reader.Position);
                engine.Tap?.Take(order.Snapshot.TopicId!.Value, range.Partition, slice, scan.NextOffset, logStart: 0);
                if (scan.Length > 0)
                {
                    reader.Decoder.Start(slice);
                }

                reader.Position = scan.NextOffset;
            }
        }

        public ValueTask DisposeAsync()
        {
            foreach ((SliceDecoder decoder, _) in _open.Values)
            {
                decoder.Drop();
            }

            return ValueTask.CompletedTask;
        }
    }

    private int Seed => seed;

    private TestLog Log => log;

    private ISliceTap? Tap => tap;
}
