using System.Globalization;

namespace KafkaDatasets.Learning;

/// <summary>Notices when another member of the group takes partitions over: a group has one learner, and the newest one counts.</summary>
internal sealed class GroupWatch : IDisposable
{
    private readonly KafkaLiveDataset _live;
    private readonly string _group;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _replaced = new();
    private readonly SortedSet<int> _missing = [];
    private readonly ITimer _timer;
    private int[] _taken = [];
    private bool _disposed;

    public GroupWatch(KafkaLiveDataset live, string group, KafkaDatasetOptions dataset)
    {
        _live = live;
        _group = group;
        _patience = dataset.Timeout;
        Replaced = _replaced.Token;
        _timer = dataset.TimeProvider.CreateTimer(_ => Decide(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        live.PartitionsAssigned += OnAssigned;
        live.PartitionsRevoked += OnGone;
        live.PartitionsLost += OnGone;
    }

    /// <summary>Cancelled when partitions were taken over.</summary>
    public CancellationToken Replaced { get; }

    /// <exception cref="PartitionsLostException">Partitions were taken over.</exception>
    public void ThrowIfReplaced()
    {
        if (Replaced.IsCancellationRequested)
        {
            throw new PartitionsLostException(
                $"Another member of group '{_group}' has taken over {(_taken.Length == 1 ? "partition" : "partitions")} {string.Join(", ", _taken.Select(p => p.ToString(CultureInfo.InvariantCulture)))} of topic '{_live.Topic}': a group has one learner, and the newest one counts. Give each learner a group of its own.",
                _taken)
            {
                Topic = _live.Topic,
                Partition = _taken[0],
            };
        }
    }

    public void Dispose()
    {
        lock (_missing)
        {
            _disposed = true; // leaving the group revokes the partitions, too
        }

        _live.PartitionsAssigned -= OnAssigned;
        _live.PartitionsRevoked -= OnGone;
        _live.PartitionsLost -= OnGone;
        _timer.Dispose();
    }

    private void OnGone(object? sender, PartitionsChangedEventArgs e)
    {
        lock (_missing)
        {
            _missing.UnionWith(e.Partitions);
        }

        // With some assignment strategies a rebalance takes all partitions away and gives them back.
        _timer.Change(_patience, Timeout.InfiniteTimeSpan);
    }

    private void OnAssigned(object? sender, PartitionsChangedEventArgs e)
    {
        lock (_missing)
        {
            _missing.ExceptWith(e.Partitions);
        }

        Decide();
    }

    private void Decide()
    {
        lock (_missing)
        {
            if (_disposed || _missing.Count == 0 || _taken.Length > 0)
            {
                return;
            }

            _taken = [.. _missing];
        }

        _replaced.Cancel();
    }
}
