using Microsoft.ML;

namespace KafkaDatasets.Scoring;

/// <summary>The newest version of a model in a model topic that can be loaded.</summary>
internal sealed class TopicModelSource(MLContext ml, string topic, string name, KafkaDatasetOptions options) : IModelSource
{
    private ModelTopicReader? _reader;
    private ModelException? _untold;

    public override string ToString() => $"the topic '{topic}' under the name '{name}'";

    public ValueTask<ScoringModel?> FindAsync(string? current, CancellationToken cancellationToken) => new(Task.Run(() => Find(current, cancellationToken), cancellationToken));

    public ValueTask DisposeAsync()
    {
        StartAnew();
        return ValueTask.CompletedTask;
    }

    /// <summary>Has the next search read the topic from its start.</summary>
    private void StartAnew()
    {
        _reader?.Dispose();
        _reader = null;
        _untold = null;
    }

    private ScoringModel? Find(string? current, CancellationToken cancellationToken)
    {
        if (current is null)
        {
            StartAnew(); // whoever has no model needs the newest one, even if it was returned before
        }

        ModelException? failure = Interlocked.Exchange(ref _untold, null);
        _reader ??= new ModelTopicReader(topic, name, KafkaDataset.ContextOf(options));
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
