using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct;

/// <summary>The fetchers of a pass, one or several for each broker that leads some of its partitions.</summary>
/// <param name="connections">The number of fetchers for each broker, which share its segments.</param>
/// <param name="create">Creates a fetcher.</param>
internal sealed class FetcherSet(int connections, Func<int, BrokerEndpoint, BrokerFetcher> create)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(int Broker, long Connection), BrokerFetcher> _fetchers = [];
    private volatile BrokerFetcher[] _all = [];
    private bool _stopped;

    /// <summary>Returns the fetcher for a segment at a broker, creating it if needed.</summary>
    public BrokerFetcher For(long segment, int broker, BrokerEndpoint endpoint)
    {
        (int, long) key = (broker, segment % connections);
        lock (_lock)
        {
            if (!_fetchers.TryGetValue(key, out BrokerFetcher? fetcher) || fetcher.Endpoint != endpoint)
            {
                fetcher?.Retire();
                fetcher = create(broker, endpoint);
                _fetchers[key] = fetcher;
                _all = [.. _fetchers.Values];
                if (!_stopped)
                {
                    fetcher.Start();
                }
            }

            return fetcher;
        }
    }

    /// <summary>Wakes the fetchers that wait for room.</summary>
    public void WakeIdle()
    {
        foreach (BrokerFetcher fetcher in _all)
        {
            fetcher.WakeIfIdle();
        }
    }

    /// <summary>Stops all fetchers.</summary>
    public async ValueTask StopAsync()
    {
        BrokerFetcher[] fetchers;
        lock (_lock)
        {
            _stopped = true;
            fetchers = [.. _fetchers.Values];
        }

        foreach (BrokerFetcher fetcher in fetchers)
        {
            await fetcher.StopAsync().ConfigureAwait(false);
        }
    }
}
