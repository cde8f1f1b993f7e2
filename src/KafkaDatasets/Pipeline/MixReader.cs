using System.Runtime.CompilerServices;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>Reads the rows of several topics in proportion to their weights, each topic in its own order.</summary>
internal sealed class MixReader : IRowReader, IAsyncDisposable
{
    private const int Full = -1;
    private const int Ended = -2;

    private readonly MixedTopic[] _topics;
    private readonly MixSchedule _schedule;
    private readonly MixEnd _end;
    private readonly int _blockRows;
    private readonly RowBlock[] _blocks;
    private readonly ColumnBuffer[][] _columns;
    private readonly RowPosition[] _rows;
    private readonly Pool<RowBlock> _pool;
    private int _count;
    private bool _isEnded;

    /// <param name="topics">The topics.</param>
    /// <param name="layout">The columns of the mixed rows.</param>
    /// <param name="schedule">Decides which topic is next.</param>
    /// <param name="end">When the pass ends.</param>
    /// <param name="blockRows">The number of rows in each block that it returns; the last one may have fewer.</param>
    public MixReader(IReadOnlyList<MixedTopic> topics, RowLayout layout, MixSchedule schedule, MixEnd end, int blockRows)
    {
        _topics = [.. topics];
        _schedule = schedule;
        _end = end;
        _blockRows = blockRows;
        _blocks = new RowBlock[_topics.Length];
        _columns = [.. layout.Columns.Select(_ => new ColumnBuffer[_topics.Length])];
        _rows = new RowPosition[Math.Min(blockRows, MostAtOnce)];
        _pool = new Pool<RowBlock>(() => new RowBlock(layout.Columns, isMixed: true), 4);
    }

    /// <summary>How many rows are copied at once.</summary>
    private static int MostAtOnce => 1024;

    /// <summary>How far the pass has come with the last block that was returned.</summary>
    public MixPosition Position => new([.. _topics.Select(t => t.Order)], [.. _schedule.Taken], [.. _topics.Select(t => t.End)]);

    /// <summary>The time since the pass began.</summary>
    public TimeSpan Elapsed => _topics.Max(t => t.Reader.Elapsed);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RowBlock?> ReadAsync()
    {
        RowBlock? block = null;
        while (!_isEnded && (block?.Rows ?? 0) < _blockRows)
        {
            int topic = Choose(_blockRows - (block?.Rows ?? 0));
            if (_count > 0)
            {
                block ??= Rent();
                block.GatherMixed(_blocks, _columns, _rows.AsSpan(0, _count));
                _count = 0;
            }

            if (topic == Ended)
            {
                _isEnded = true;
            }
            else if (topic != Full && !await AdvanceAsync(topic).ConfigureAwait(false))
            {
                _schedule.LeaveOut(topic);
                _isEnded = _end == MixEnd.FirstTopic;
            }
        }

        return block;
    }

    public RowBlock Rent()
    {
        RowBlock block = _pool.Rent();
        block.Clear();
        return block;
    }

    public void Return(RowBlock block) => _pool.Return(block);

    /// <summary>Ends the pass without waiting for it to stop completely.</summary>
    public void Abandon()
    {
        foreach (MixedTopic topic in _topics)
        {
            topic.Reader.Abandon();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (MixedTopic topic in _topics)
        {
            await topic.Reader.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Chooses rows until there is no room for more, or a topic needs another block.</summary>
    /// <returns>That topic, <see cref="Full"/>, or <see cref="Ended"/> when no topic has more rows.</returns>
    private int Choose(int room)
    {
        int most = Math.Min(room, _rows.Length);
        while (_count < most)
        {
            int topic = _schedule.Next();
            if (topic < 0)
            {
                return Ended;
            }

            MixedTopic source = _topics[topic];
            if (source.IsUsedUp)
            {
                return topic;
            }

            _rows[_count++] = new RowPosition(topic, source.Take());
            _schedule.Take(topic);
        }

        return Full;
    }

    private async ValueTask<bool> AdvanceAsync(int topic)
    {
        if (await _topics[topic].ReadAsync().ConfigureAwait(false) is not { } block)
        {
            return false;
        }

        _blocks[topic] = block;
        for (int column = 0; column < _columns.Length; column++)
        {
            _columns[column][topic] = _topics[topic].Column(block, column);
        }

        return true;
    }
}
