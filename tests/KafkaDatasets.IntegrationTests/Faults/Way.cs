namespace KafkaDatasets.IntegrationTests.Faults;

/// <summary>A way to read a dataset.</summary>
internal readonly record struct Way(FetchEngine Engine, bool ByCursor)
{
    /// <summary>Both engines, each by tensor batches and by a cursor.</summary>
    public static IReadOnlyList<Way> All { get; } = [.. By(FetchEngine.Direct), .. By(FetchEngine.Consumer)];

    /// <summary>One engine, by tensor batches and by a cursor.</summary>
    public static IReadOnlyList<Way> By(FetchEngine engine) => [new(engine, false), new(engine, true)];

    public override string ToString() => $"{Engine}, {(ByCursor ? "cursor" : "batches")}";
}
