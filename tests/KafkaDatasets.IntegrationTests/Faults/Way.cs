namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>A way to read a dataset.</summary>
internal readonly record struct Way(FetchEngine Engine, bool ByCursor)
{
    /// <summary>Both engines, each by tensor batches and by a cursor.</summary>
    public static IReadOnlyList<Way> All { get; } =
        [new(FetchEngine.Direct, false), new(FetchEngine.Direct, true), new(FetchEngine.Consumer, false), new(FetchEngine.Consumer, true)];

    public override string ToString() => $"{Engine}, {(ByCursor ? "cursor" : "batches")}";
}
