using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Opens topics as ML.NET views.</summary>
public static class KafkaDataView
{
    /// <summary>Opens a topic, resolves the range, and returns the view.</summary>
    public static IDataView FromTopic(MLContext ml, string topic, KafkaDatasetOptions options) => throw new NotImplementedException();
}
