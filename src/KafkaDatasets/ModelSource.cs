using KafkaDatasets.Scoring;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Creates the sources of models that a scorer can use.</summary>
public static class ModelSource
{
    /// <summary>Creates a source with one model that never changes.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The source.</returns>
    public static IModelSource Of(ScoringModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new FixedModelSource(model);
    }

    /// <summary>Creates a source of one file, saved by ML.NET, which is loaded again when it changes.</summary>
    /// <remarks>A model's version is the file's name without extension, <c>@</c>, and the first digits of the SHA-256 of its content. Replace the file by renaming another one over it; a file that is being written is loaded once it is complete.</remarks>
    /// <param name="path">The file.</param>
    /// <param name="ml">The context in which models are loaded; null creates one.</param>
    /// <returns>The source.</returns>
    public static IModelSource File(string path, MLContext? ml = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new FileModelSource(ml ?? new MLContext(), $"the file {ModelFiles.Shown(path)}", () => [System.IO.Path.GetFullPath(path)]);
    }

    /// <summary>Creates a source of the files in a directory, saved by ML.NET: the newest one that can be loaded, and later every newer one.</summary>
    /// <remarks>The newest file is the last one by name, where digits are compared as numbers: <c>fraud-10.zip</c> is newer than <c>fraud-9.zip</c>. Versions are those of <see cref="File"/>.</remarks>
    /// <param name="directory">The directory.</param>
    /// <param name="pattern">Which files are models. Default <c>*.zip</c>.</param>
    /// <param name="ml">The context in which models are loaded; null creates one.</param>
    /// <returns>The source.</returns>
    public static IModelSource Directory(string directory, string pattern = "*.zip", MLContext? ml = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        return new FileModelSource(ml ?? new MLContext(), $"the directory {ModelFiles.Shown(directory)} ({pattern})", () => ModelFiles.NewestFirst(directory, pattern));
    }

    /// <summary>Creates a source of a compacted topic that <see cref="ModelTopic.PublishAsync"/> writes to.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="name">The model's name in the topic.</param>
    /// <param name="options">The cluster; only the settings of clients are used.</param>
    /// <param name="ml">The context in which models are loaded; null creates one.</param>
    /// <returns>The source.</returns>
    public static IModelSource Topic(string topic, string name, KafkaDatasetOptions options, MLContext? ml = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(options);
        return new TopicModelSource(ml ?? new MLContext(), topic, name, options);
    }
}
