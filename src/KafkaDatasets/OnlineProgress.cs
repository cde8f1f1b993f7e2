namespace KafkaDatasets;

/// <summary>How far an <see cref="OnlineTrainer"/> has learned.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Rows">The number of rows that the model has learned, in this process and before.</param>
/// <param name="Metrics">The metrics of these rows.</param>
/// <param name="Checkpoint">The last checkpoint; null if none has been written yet.</param>
/// <param name="Changes">The number of changes that the drift detector has found in this process.</param>
public sealed record OnlineProgress(string Topic, long Rows, PrequentialMetrics Metrics, LearningCheckpoint? Checkpoint, long Changes);
