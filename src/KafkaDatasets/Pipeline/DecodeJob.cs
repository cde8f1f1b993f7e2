using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>The records of one row block, in the order in which they were taken, on their way through a decode worker; reused, with one owner at a time.</summary>
internal sealed class DecodeJob : IValueTaskSource
{
    private readonly List<RecordSlice> _slices = [];
    private ManualResetValueTaskSourceCore<bool> _done = new() { RunContinuationsAsynchronously = true };

    /// <summary>The block that the records are decoded into.</summary>
    public RowBlock? Block { get; private set; }

    /// <summary>The number of records.</summary>
    public int Count { get; private set; }

    /// <summary>The approximate size of the records in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>The segments of the records.</summary>
    public List<RowRun> Runs { get; } = [];

    /// <summary>In a shuffled order, the window up to which, but not including it, all records are in this job or earlier ones.</summary>
    public long Window { get; set; }

    /// <summary>The number of offsets of the range passed once this job is done.</summary>
    public long OffsetsPassed { get; set; }

    /// <summary>Completes when the records are decoded; fails when decoding fails.</summary>
    public ValueTask Done => new(this, _done.Version);

    public void Start(RowBlock block) => Block = block;

    /// <summary>The approximate number of records of a chunk that may still be added, at least one.</summary>
    public int Room(RecordChunk chunk, PipelineOptions options)
    {
        long recordBytes = Math.Max(1, chunk.ByteCount / chunk.Count);
        return (int)Math.Clamp((options.BlockBytes - Bytes) / recordBytes, 1, options.BlockRows - Count);
    }

    /// <summary>Adds records.</summary>
    /// <param name="slice">The records.</param>
    /// <param name="segment">Their segment.</param>
    public void Add(RecordSlice slice, long segment)
    {
        slice.Chunk.AddReference();
        _slices.Add(slice);
        Count += slice.Count;
        ref RecordEntry first = ref slice.Chunk.Entries[slice.Start];
        ref RecordEntry last = ref slice.Chunk.Entries[slice.Start + slice.Count - 1];
        Bytes += last.ValueStart + last.ValueLength - first.ValueStart;
        var run = new RowRun(segment, slice.Chunk.Partition, first.Offset, last.Offset + 1);
        if (Runs.Count > 0 && Runs[^1] is var before && before.Segment == segment)
        {
            Runs[^1] = before with { End = run.End };
        }
        else
        {
            Runs.Add(run);
        }
    }

    /// <summary>Decodes the records and releases their chunks; it never throws.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync(IRowDecoder decoder, CancellationToken cancellationToken)
    {
        try
        {
            Block!.EnsureRows(Count);
            foreach (RecordSlice slice in _slices)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await decoder.DecodeAsync(slice.Chunk, slice.Start, slice.Count, Block, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            ReleaseChunks();
            _done.SetException(e);
            return;
        }

        ReleaseChunks();
        _done.SetResult(true);
    }

    /// <summary>Hands over the block and resets the job.</summary>
    public RowBlock? Reset()
    {
        RowBlock? block = Block;
        ReleaseChunks();
        Block = null;
        Count = 0;
        Bytes = 0;
        Runs.Clear();
        _done.Reset();
        return block;
    }

    void IValueTaskSource.GetResult(short token) => _done.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _done.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _done.OnCompleted(continuation, state, token, flags);

    private void ReleaseChunks()
    {
        foreach (RecordSlice slice in _slices)
        {
            slice.Chunk.Release();
        }

        _slices.Clear();
    }
}
