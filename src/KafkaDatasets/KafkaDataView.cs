using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Opens topics as ML.NET views.</summary>
public static class KafkaDataView
{
    /// <summary>Opens a topic, resolves the range, and returns the view. It holds nothing between cursors, and needs no disposing.</summary>
    /// <param name="ml">The context in which the view is used; its <see cref="MLContext.Log"/> tells of each pass.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">Where and how.</param>
    /// <returns>
    /// <c>Label</c> (Boolean, Single or Key by its kind) where a label is set, <c>Features</c> (a vector of Single of known size, with slot names),
    /// and every column under its own name.
    /// </returns>
    /// <exception cref="KafkaDatasetException">As <see cref="KafkaDataset.OpenAsync(string, KafkaDatasetOptions, CancellationToken)"/>.</exception>
    public static IDataView FromTopic(MLContext ml, string topic, KafkaDatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(ml);
        return Open(topic, options).ToDataView(ml);
    }

    internal static KafkaDataset Open(string topic, KafkaDatasetOptions options) =>
        Task.Run(() => KafkaDataset.OpenAsync(topic, options)).GetAwaiter().GetResult();
}
