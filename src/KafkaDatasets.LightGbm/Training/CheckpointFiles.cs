using System.Globalization;
using System.Text.Json;

namespace KafkaDatasets.LightGbm.Training;

/// <summary>The files of <see cref="LightGbmOptions.CheckpointDirectory"/>, one for each rank that wrote one. A file is replaced as a whole, so that a crash leaves the old or the new one.</summary>
internal sealed class CheckpointFiles(string? directory, int rank, string fingerprint)
{
    private const string Pattern = "lightgbm-rank*.json";

    /// <summary>Returns the state of these options with the most iterations; null if there is none.</summary>
    public TrainingState? Load()
    {
        if (directory is null || !Directory.Exists(directory))
        {
            return null;
        }

        return Directory.EnumerateFiles(directory, Pattern).Select(Read).Where(s => s?.Version == TrainingState.CurrentVersion && s.Fingerprint == fingerprint).MaxBy(s => s!.Iterations);
    }

    /// <summary>Finds out whether checkpoints can be written, before hours have been spent on the first one.</summary>
    /// <exception cref="LightGbmException">They cannot.</exception>
    public void Check()
    {
        if (directory is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(directory);
            File.Create(Path.Combine(directory, $"{Guid.NewGuid():N}.tmp"), 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new LightGbmException($"No checkpoint can be written to '{directory}': {e.Message} Set {nameof(LightGbmOptions.CheckpointDirectory)} to a directory that can be written to.", e);
        }
    }

    public void Save(TrainingState state)
    {
        if (directory is null)
        {
            return;
        }

        string file = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"lightgbm-rank{rank}.json"));
        string temporary = $"{file}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(directory);
            using (FileStream stream = File.Create(temporary))
            {
                JsonSerializer.Serialize(stream, state, TrainingStateJson.Default.TrainingState);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new LightGbmException($"The checkpoint '{file}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Removes the states of these options: the training has finished.</summary>
    public void Delete()
    {
        if (directory is null || !Directory.Exists(directory))
        {
            return;
        }

        foreach (string file in Directory.EnumerateFiles(directory, Pattern).Where(f => Read(f)?.Fingerprint == fingerprint))
        {
            TryDelete(file); // another rank may remove it too; if it stays, the next training with these options finds a finished one
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It does no harm.
        }
    }

    private static TrainingState? Read(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            return JsonSerializer.Deserialize(stream, TrainingStateJson.Default.TrainingState);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // gone, or not ours
        }
    }
}
