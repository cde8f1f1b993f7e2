namespace KafkaDatasets.Files;

/// <summary>A file that is written under a temporary name and then renamed: whoever opens it meanwhile has the old one or the new one, never a part. Disposing it deletes what was not renamed.</summary>
/// <param name="temporary">The temporary path, in the directory of the final one.</param>
internal sealed class WholeFile(string temporary) : IDisposable
{
    private bool _isMoved;

    /// <summary>Where to write it.</summary>
    public string Temporary => temporary;

    /// <summary>Gives the written file its name.</summary>
    /// <param name="path">The final path.</param>
    /// <param name="overwrite">Whether it takes the place of a file of that name.</param>
    /// <exception cref="IOException">There is a file of that name, or the directory can no longer be written to.</exception>
    public void MoveTo(string path, bool overwrite = true)
    {
        File.Move(temporary, path, overwrite);
        _isMoved = true;
    }

    public void Dispose()
    {
        if (!_isMoved)
        {
            FileCleanup.TryDelete(temporary);
        }
    }
}
