using KafkaDatasets.Diagnostics;
using Microsoft.ML;

namespace KafkaDatasets.Scoring;

/// <summary>The newest file that can be loaded, and later only newer ones. A file that cannot be loaded is tried again when it has changed.</summary>
/// <param name="ml">The context in which models are loaded.</param>
/// <param name="place">The place of the files, for messages.</param>
/// <param name="files">Lists the files, the newest first.</param>
internal sealed class FileModelSource(MLContext ml, string place, Func<IEnumerable<string>> files) : IModelSource
{
    /// <summary>What the files looked like that were tried.</summary>
    private readonly Dictionary<string, (long Length, DateTime Written)> _tried = [];

    private string? _found;
    private ModelException? _untold;

    public override string ToString() => place;

    public async ValueTask<ScoringModel?> FindAsync(string? current, CancellationToken cancellationToken)
    {
        if (current is null)
        {
            StartAnew();
        }

        ModelException? failure = Interlocked.Exchange(ref _untold, null);
        foreach (string path in List().TakeWhile(f => _found is null || ModelFiles.ByName.Compare(NameOf(f), NameOf(_found)) >= 0))
        {
            var file = new FileInfo(path);
            if (!file.Exists || (_tried.TryGetValue(path, out (long, DateTime) look) && look == (file.Length, file.LastWriteTimeUtc)))
            {
                continue;
            }

            try
            {
                (long, DateTime) before = (file.Length, file.LastWriteTimeUtc);
                byte[] content = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
                _tried[path] = before;
                string version = LoadedModel.VersionOf(NameOf(path), content);
                if (version == current)
                {
                    break;
                }

                ScoringModel model = LoadedModel.Load(ml, version, $"The file {path}", content, file.LastWriteTimeUtc);
                _found = path;
                _untold = failure; // an older file can be used: the caller learns with its next call why a newer one cannot
                return model;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failure = new ModelException($"The file {path} cannot be read: {e.Message}", e);
            }
            catch (ModelException e)
            {
                failure = e;
            }
        }

        return failure is null ? null : throw failure;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Whoever has no model needs the newest one, even if it was returned before: to a scorer that has ended, or that could not join.</summary>
    private void StartAnew()
    {
        _tried.Clear();
        _found = null;
        _untold = null;
    }

    /// <exception cref="ModelException">The place cannot be read; that may pass, for example when a disk is mounted.</exception>
    private IEnumerable<string> List()
    {
        try
        {
            return [.. files()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ModelException(Sentence.Of($"No model can be found in {place}: {Sentence.Message(e)}"), e);
        }
    }

    private static string NameOf(string path) => Path.GetFileNameWithoutExtension(path);
}
