namespace KafkaDatasets.Tests.Live;

/// <summary>The head of the log is read by the member's consumer.</summary>
public sealed class ConsumerLiveDatasetTests() : LiveDatasetTests(FetchEngine.Consumer);
