using System.Globalization;

namespace KafkaDatasets.Learning;

/// <summary>
/// Notices when another member of the group takes partitions over: a group has one learner, and the newest one counts. Whoever does not get its partitions back in time ends, too, even if there was only an outage:
/// another learner may have come and gone meanwhile, and have learned their rows.
/// </summary>
internal sealed class GroupWatch : IDisposable
{
    private readonly KafkaLiveDataset _live;
    private readonly string _group;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _replaced = new();
    private readonly SortedSet<int> _missing = [];
    private readonly ITimer _timer;
    private int[] _taken = [];
    private bool _isSilent;
    private bool _disposed;

    public GroupWatch(KafkaLiveDataset live, string group, KafkaDatasetOptions dataset)
    {
        _live = live;
        _group = group;
        _patience = dataset.Timeout;
        Replaced = _replaced.Token;
        _timer = dataset.TimeProvider.CreateTimer(_ => Decide(isSilent: true), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        live.PartitionsAssigned += OnAssigned;
        live.PartitionsRevoked += OnGone;
        live.PartitionsLost += OnGone;
    }

    /// <summary>Cancelled when partitions were taken over.</summary>
    public CancellationToken Replaced { get; }

    /// <summary>Says what has happened to partitions that were taken away: a deleted topic and an outage take them away, too.</summary>
    /// <exception cref="PartitionsLostException">Partitions were taken over.</exception>
    /// <exception cref="DataLossException">The topic was deleted or recreated.</exception>
    /// <exception cref="BrokerException">No broker responds.</exception>
    public async Task ThrowIfReplacedAsync()
    {
        if (!Replaced.IsCancellationRequested)
        {
            return;
        }

        string partitions = $"{(_taken.Length == 1 ? "partition" : "partitions")} {string.Join(", ", _taken.Select(p => p.ToString(CultureInfo.InvariantCulture)))} of topic '{_live.Topic}'";
        DataLossException? loss = null;
        try
        {
            loss = await _live.Session.FindLossAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (BrokerException) when (!_isSilent)
        {
            // The group has said that others have the partitions.
        }
        catch (BrokerException e) when (!e.IsAccessDenied)
        {
            throw new BrokerException(
                $"The learner has lost {partitions}, since it could not reach the brokers for longer than the session timeout of group '{_group}', and has not got them back for {_patience} ({nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Timeout)}). Start again when they respond: learning goes on from the last checkpoint. {e.Message}",
                e)
            {
                Topic = _live.Topic,
                Partition = _taken[0],
                ErrorCode = e.ErrorCode,
            };
        }

        throw (Exception?)loss ?? new PartitionsLostException(
            _isSilent
                ? $"Group '{_group}' has taken away {partitions}, and has not given them back for {_patience} ({nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Timeout)}): another member has them, or the brokers could not be reached for longer than the group's session timeout. After an outage, start again: learning goes on from the last checkpoint. Otherwise give each learner a group of its own: a group has one learner, and the newest one counts."
                : $"Another member of group '{_group}' has taken over {partitions}: a group has one learner, and the newest one counts. Give each learner a group of its own.",
            _taken)
        {
            Topic = _live.Topic,
            Partition = _taken[0],
        };
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

        Decide(isSilent: false);
    }

    /// <param name="isSilent">Whether the group has said nothing since it took the partitions away.</param>
    private void Decide(bool isSilent)
    {
        lock (_missing)
        {
            if (_disposed || _missing.Count == 0 || _taken.Length > 0)
            {
                return;
            }

            _taken = [.. _missing];
            _isSilent = isSilent;
        }

        _replaced.Cancel();
    }
}
