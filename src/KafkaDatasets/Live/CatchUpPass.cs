using KafkaDatasets.Decoding;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Live;

/// <summary>A bounded pass of the dataset's fetch engine over the backlog of partitions: it passes the rows, and then the partitions' end offsets, to the reader of the live dataset.</summary>
internal sealed class CatchUpPass : IAsyncDisposable
{
    /// <summary>The maximum number of blocks that wait for the reader.</summary>
    private const int MostBlocks = 16;

    private readonly LiveSession _session;
    private readonly CancellationTokenSource _stop;
    private readonly SemaphoreSlim _room = new(MostBlocks, MostBlocks);
    private readonly Task _loop;

    public CatchUpPass(LiveSession session, IReadOnlyList<PartitionRange> ranges, RowLayout layout, IRowDecoder decoder, int batchSize, int epoch, CancellationToken cancellation)
    {
        _session = session;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _loop = Task.Run(() => RunAsync(ranges, layout, decoder, batchSize, epoch), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(IReadOnlyList<PartitionRange> ranges, RowLayout layout, IRowDecoder decoder, int batchSize, int epoch)
    {
        try
        {
            var snapshot = new DatasetSnapshot(_session.Topic, _session.Dataset.Snapshot.TopicId, ranges);
            (BlockReader reader, IRowReader rows) = _session.Dataset.OpenRange(ReadOrder.Of(snapshot), layout, batchSize, _stop.Token, decoder);
            await using (reader.ConfigureAwait(false))
            {
                while (await rows.ReadAsync().ConfigureAwait(false) is { } block)
                {
                    await _room.WaitAsync(_stop.Token).ConfigureAwait(false);
                    _session.Inbox.Add(new LivePiece(epoch) { Block = block, Owner = rows, Room = _room });
                }
            }

            _session.Inbox.Add(new LivePiece(epoch) { Reached = [.. ranges.Select(r => (r.Partition, r.End))], EndsPass = true });
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The reader has ended, or restarts at other offsets.
        }
        catch (Exception e)
        {
            _session.Inbox.Add(new LivePiece(epoch) { Failure = e });
        }
    }
}
