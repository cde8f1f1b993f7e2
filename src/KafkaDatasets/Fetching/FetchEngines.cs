using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Consumer;
using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Connection;

namespace KafkaDatasets.Fetching;

/// <summary>Chooses the engine.</summary>
internal static class FetchEngines
{
    /// <exception cref="InvalidOptionsException">The direct engine is asked for, and it cannot honour a client property.</exception>
    public static IFetchEngine Create(FetchEngine choice, FetchContext context)
    {
        if (choice == FetchEngine.Consumer)
        {
            return new ConsumerEngine(context);
        }

        bool hasTokens = context.TokenProvider is not null;
        if (DirectEngine.CanHonour(context.ClientConfig, out string? reason, hasTokens))
        {
            return choice == FetchEngine.Direct ? new DirectEngine(context) : new AutoEngine(context, static c => new ConsumerEngine(c));
        }

        if (choice == FetchEngine.Direct)
        {
            var faults = new List<string>();
            Check(choice, context.ClientConfig, hasTokens, faults);
            throw new InvalidOptionsException(nameof(KafkaDatasetOptions), faults);
        }

        Log.EngineFallback(context.Logger, reason);
        return new ConsumerEngine(context);
    }

    /// <summary>Adds everything that makes client settings invalid for the engine that is to be used.</summary>
    public static void Check(FetchEngine choice, IReadOnlyDictionary<string, string> config, bool hasTokens, List<string> faults)
    {
        if (choice == FetchEngine.Consumer)
        {
            ClientProperties.Probe(config, faults);
            return;
        }

        var settings = ClientSettings.Parse(config, hasTokens);
        faults.AddRange(settings.Faults.Select(f => $"{nameof(KafkaDatasetOptions.ClientConfig)}: {f}"));
        ClientProperties.Probe(config.Where(p => !ClientSettings.Knows(p.Key)), faults);
        if (choice == FetchEngine.Direct)
        {
            faults.AddRange(settings.NotHonoured.Select(reason =>
                $"{nameof(KafkaDatasetOptions.Engine)} is {nameof(FetchEngine.Direct)}, which cannot honour {nameof(KafkaDatasetOptions.ClientConfig)}: {reason}. {nameof(FetchEngine.Auto)} uses the Confluent.Kafka consumer then"));
        }
    }
}
