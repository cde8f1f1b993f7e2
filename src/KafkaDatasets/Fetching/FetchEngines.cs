using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Consumer;
using KafkaDatasets.Fetching.Direct;

namespace KafkaDatasets.Fetching;

/// <summary>Chooses the engine.</summary>
internal static class FetchEngines
{
    /// <exception cref="InvalidOptionsException">The direct engine is asked for, and a client property cannot be honoured by it.</exception>
    public static IFetchEngine Create(FetchEngine choice, FetchContext context)
    {
        if (choice == FetchEngine.Consumer)
        {
            return new ConsumerEngine(context);
        }

        if (DirectEngine.CanHonour(context.ClientConfig, out string? reason))
        {
            return choice == FetchEngine.Direct ? new DirectEngine(context) : new AutoEngine(context, static c => new ConsumerEngine(c));
        }

        if (choice == FetchEngine.Direct)
        {
            throw new InvalidOptionsException(
                nameof(KafkaDatasetOptions),
                [$"{nameof(KafkaDatasetOptions.Engine)} is {nameof(FetchEngine.Direct)}, which cannot honour {nameof(KafkaDatasetOptions.ClientConfig)}: {reason}. {nameof(FetchEngine.Auto)} takes the Confluent.Kafka consumer then"]);
        }

        Log.EngineFallback(context.Logger, reason);
        return new ConsumerEngine(context);
    }
}
