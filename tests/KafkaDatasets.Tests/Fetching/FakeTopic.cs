using Xunit;

namespace KafkaDatasets.Tests.Fetching;

/// <summary>Opens datasets on a <see cref="FakeEngine"/>.</summary>
internal static class FakeTopic
{
    public static Task<KafkaDataset> OpenAsync(this FakeEngine engine, KafkaDatasetOptions options) =>
        KafkaDataset.OpenAsync(engine.Topic, options, (_, _) => engine, TestContext.Current.CancellationToken);

    /// <summary>Opens values that are bare Avro.</summary>
    public static Task<KafkaDataset> OpenAsync(this FakeEngine engine, string schema, LabelColumn? label = null, IReadOnlyList<string>? features = null, BadRecordPolicy onBadRecord = BadRecordPolicy.Throw) =>
        engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(schema), Label = label, Features = features, OnBadRecord = onBadRecord });

    /// <summary>Asserts that the passes so far used the source as they should and have given everything back.</summary>
    public static void AssertAllReturned(this FakeEngine engine) => Assert.All(engine.Sources, source =>
    {
        Assert.Null(source.Misuse);
        Assert.True(source.IsDisposed, "a source is not disposed");
        Assert.Equal(0, source.ChunksOut);
    });
}
