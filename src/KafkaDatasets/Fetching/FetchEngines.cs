using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching.Cache;
using KafkaDatasets.Fetching.Consumer;
using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Connection;

namespace KafkaDatasets.Fetching;

/// <summary>Selects the engine.</summary>
internal static class FetchEngines
{
    /// <exception cref="InvalidOptionsException">The direct engine is requested, but does not support a client property.</exception>
    public static IFetchEngine Create(FetchEngine choice, FetchContext context)
    {
        bool hasTokens = context.TokenProvider is not null;
        if (context.Cache is { } cache)
        {
            var cacheFaults = new List<string>();
            CheckCache(choice, context.ClientConfig, hasTokens, cacheFaults);
            InvalidOptionsException.ThrowIfAny(nameof(KafkaDatasetOptions), cacheFaults);
            var store = new CacheStore(cache, context.Logger, context.TimeProvider);
            return new CacheEngine(new DirectEngine(context with { Tap = store }), store, context, ClientSettings.Parse(context.ClientConfig, hasTokens).MaxResponseBytes);
        }

        if (choice == FetchEngine.Consumer)
        {
            return new ConsumerEngine(context);
        }

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

    /// <summary>Adds the reasons why a dataset cannot have a cache: it stores record batches, which only the direct engine receives.</summary>
    public static void CheckCache(FetchEngine choice, IReadOnlyDictionary<string, string> config, bool hasTokens, List<string> faults)
    {
        const string Needs = $"{nameof(KafkaDatasetOptions.Cache)} keeps record batches, which only the direct engine receives";
        if (choice == FetchEngine.Consumer)
        {
            faults.Add($"{Needs}, and {nameof(KafkaDatasetOptions.Engine)} is {nameof(FetchEngine.Consumer)}: choose {nameof(FetchEngine.Auto)}, or leave {nameof(KafkaDatasetOptions.Cache)} out");
        }
        else if (choice == FetchEngine.Auto && !DirectEngine.CanHonour(config, out string? reason, hasTokens))
        {
            faults.Add($"{Needs}, and it cannot honour {nameof(KafkaDatasetOptions.ClientConfig)}: {reason}. Leave out that property, or {nameof(KafkaDatasetOptions.Cache)}");
        }
    }

    /// <summary>
    /// Adds all problems that make client settings invalid: for the direct engine, and for the Confluent.Kafka consumer too, whichever is chosen, since a setting
    /// that the direct engine ignores must not become invalid when <see cref="FetchEngine.Auto"/> falls back.
    /// </summary>
    public static void Check(FetchEngine choice, IReadOnlyDictionary<string, string> config, bool hasTokens, List<string> faults)
    {
        if (choice == FetchEngine.Consumer)
        {
            ClientProperties.Probe(config, faults);
            return;
        }

        var settings = ClientSettings.Parse(config, hasTokens);
        faults.AddRange(settings.Faults.Select(f => $"{nameof(KafkaDatasetOptions.ClientConfig)}: {f}"));
        ClientProperties.Probe(config.Where(p => !settings.Faulty.Contains(p.Key)), faults); // each is named once
        if (choice == FetchEngine.Direct)
        {
            faults.AddRange(settings.NotHonoured.Select(reason =>
                $"{nameof(KafkaDatasetOptions.Engine)} is {nameof(FetchEngine.Direct)}, which cannot honour {nameof(KafkaDatasetOptions.ClientConfig)}: {reason}. {nameof(FetchEngine.Auto)} uses the Confluent.Kafka consumer then"));
        }
    }
}
