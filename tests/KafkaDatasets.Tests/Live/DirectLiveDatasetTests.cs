namespace KafkaDatasets.Tests.Live;

/// <summary>The head of the log is read by the direct engine.</summary>
public sealed class DirectLiveDatasetTests() : LiveDatasetTests(FetchEngine.Direct);
