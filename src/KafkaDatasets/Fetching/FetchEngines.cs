using KafkaDatasets.Fetching.Consumer;

namespace KafkaDatasets.Fetching;

/// <summary>Chooses the engine.</summary>
internal static class FetchEngines
{
    public static IFetchEngine Create(FetchEngine choice, FetchContext context) => choice switch
    {
        FetchEngine.Direct => throw new InvalidOptionsException(nameof(KafkaDatasetOptions), [$"{nameof(FetchEngine)}.{nameof(FetchEngine.Direct)} is not in this version"]),
        _ => new ConsumerEngine(context),
    };
}
