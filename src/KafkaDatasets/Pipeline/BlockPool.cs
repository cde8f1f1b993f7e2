using System.Globalization;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Pipeline;

/// <summary>The row blocks of passes that have ended, kept for the next pass with the same columns; all datasets of the process share them.</summary>
/// <remarks>It holds no more than a fixed number of bytes, and nothing after no pass has ended for a while.</remarks>
/// <param name="timeProvider">The clock.</param>
/// <param name="mostBytes">The maximum number of bytes.</param>
internal sealed class BlockPool(TimeProvider timeProvider, long mostBytes) : IDisposable
{
    private const long MostBytes = 48L << 20;

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(15);
    private readonly Lock _lock = new();
    private readonly LinkedList<(string Description, RowBlock[] Blocks, long Bytes)> _kept = new();
    private ITimer? _timer;
    private long _bytes;

    /// <summary>The pool of the process.</summary>
    public static BlockPool Shared { get; } = new(TimeProvider.System, MostBytes);

    /// <summary>The number of bytes kept.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Describes blocks: the same for all that can be exchanged.</summary>
    /// <param name="columns">Their columns.</param>
    /// <param name="rows">The most rows that they have.</param>
    public static string Describe(IReadOnlyList<BlockColumn> columns, int rows) => string.Join('\n', columns.Select(c => c.Describe()).Prepend(rows.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Takes the blocks of a pass that has ended; none if there was no such pass.</summary>
    /// <param name="description">The <see cref="Describe">description</see> of the blocks.</param>
    public RowBlock[] Take(string description)
    {
        lock (_lock)
        {
            for (LinkedListNode<(string Description, RowBlock[] Blocks, long Bytes)>? node = _kept.Last; node is not null; node = node.Previous)
            {
                if (node.Value.Description == description)
                {
                    _kept.Remove(node);
                    _bytes -= node.Value.Bytes;
                    return node.Value.Blocks;
                }
            }
        }

        return [];
    }

    /// <summary>Keeps the blocks of a pass that has ended; the blocks of the passes that ended first make room for them.</summary>
    public void Keep(string description, RowBlock[] blocks)
    {
        long bytes = blocks.Sum(b => b.Bytes);
        if (bytes == 0 || bytes > mostBytes)
        {
            return;
        }

        lock (_lock)
        {
            _kept.AddLast((description, blocks, bytes));
            _bytes += bytes;
            while (_bytes > mostBytes)
            {
                _bytes -= _kept.First!.Value.Bytes;
                _kept.RemoveFirst();
            }

            _timer ??= timeProvider.CreateTimer(static p => ((BlockPool)p!).Drop(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(IdleTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            Drop();
        }
    }

    private void Drop()
    {
        lock (_lock)
        {
            _kept.Clear();
            _bytes = 0;
        }
    }
}
