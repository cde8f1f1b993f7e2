using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching;
using Microsoft.ML;

namespace KafkaDatasets.Scoring;

/// <summary>The newest version of a model in a model topic that can be loaded.</summary>
internal sealed class TopicModelSource(MLContext ml, string topic, string name, KafkaDatasetOptions options) : IModelSource
{
    private readonly FetchContext _context = KafkaDataset.ContextOf(options) with { Cache = null };
    private IFetchEngine? _engine;
    private ModelTopicReader? _reader;
    private Guid? _topicId;
    private ModelException? _untold;

    /// <summary>Whether a search has found a model, one that can be loaded or not, since the topic is read from its start.</summary>
    private bool _hasFound;

    public override string ToString() => $"the topic '{topic}' under the name '{name}'";

    public async ValueTask<ScoringModel?> FindAsync(string? current, CancellationToken cancellationToken)
    {
        Guid? id = await FindTopicAsync(cancellationToken).ConfigureAwait(false);
        if ((current is null && _hasFound) || id != _topicId)
        {
            StartAnew(); // whoever has no model needs the newest one, even if it was found before; and a new topic has other offsets
        }

        _topicId = id;
        return await Task.Run(() => Find(current, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        StartAnew();
        if (_engine is { } engine)
        {
            _engine = null;
            await engine.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Returns the topic's id; null if the brokers do not have any.</summary>
    /// <exception cref="ModelException">The topic does not exist, or the brokers did not respond in time.</exception>
    private async ValueTask<Guid?> FindTopicAsync(CancellationToken cancellationToken)
    {
        _engine ??= FetchEngines.Create(FetchEngine.Auto, _context);
        try
        {
            return (await _engine.DescribeTopicAsync(topic, cancellationToken).ConfigureAwait(false)).Id;
        }
        catch (TopicNotFoundException e)
        {
            StartAnew(); // if there is one again, it is another topic
            throw ModelTopicReader.Missing(topic, e);
        }
        catch (BrokerException e)
        {
            throw new ModelException(Sentence.Of($"The model topic '{topic}' cannot be read: {e.Message}"), e) { Topic = topic };
        }
    }

    /// <summary>Has the next search read the topic from its start.</summary>
    private void StartAnew()
    {
        _reader?.Dispose();
        _reader = null;
        _untold = null;
        _hasFound = false;
    }

    private ScoringModel? Find(string? current, CancellationToken cancellationToken)
    {
        ModelException? failure = Interlocked.Exchange(ref _untold, null);
        _reader ??= new ModelTopicReader(topic, name, _context);
        _reader.ReadToEnd(cancellationToken);
        ScoringModel? found = null;
        foreach (ModelManifest manifest in _reader.Manifests.TakeWhile(m => m.Version != current))
        {
            try
            {
                found = LoadedModel.Load(ml, manifest.Version, $"Version {manifest.Version} of the model '{name}' in topic '{topic}'", _reader.ContentOf(manifest), manifest.Created);
                break;
            }
            catch (ModelException e)
            {
                failure ??= e;
            }
        }

        if (found is not null || failure is not null)
        {
            _hasFound = true;
            _reader.Forget(); // every version in the topic was tried
        }

        if (found is null)
        {
            return failure is null ? null : throw failure;
        }

        _untold = failure;
        return found;
    }
}
