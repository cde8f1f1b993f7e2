using System.Collections.Concurrent;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>Caches the compiled plans of one reader's schema, for all passes and datasets of the process, because compiling one to machine code takes milliseconds.</summary>
internal sealed class PlanCache
{
    /// <summary>The most plans to keep; more than this means that passes never read the same columns twice.</summary>
    private const int MostPlans = 64;

    /// <summary>The most readers' schemas whose plans are kept.</summary>
    private const int MostReaders = 256;

    private static readonly ConcurrentDictionary<string, PlanCache> Readers = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<(int? Id, string? Schema, string Layout, bool IsCompiled), PartPlan> _plans = new();

    /// <summary>Returns the cache of a reader.</summary>
    /// <param name="reader">The schema, as far as plans depend on it.</param>
    /// <param name="wanted">The columns that are requested by name.</param>
    public static PlanCache Of(SchemaDocument reader, WantedColumns wanted)
    {
        string key = $"{wanted}\n{reader.FullText}";
        if (Readers.TryGetValue(key, out PlanCache? cache))
        {
            return cache;
        }

        if (Readers.Count >= MostReaders)
        {
            Readers.Clear();
        }

        return Readers.GetOrAdd(key, _ => new PlanCache());
    }

    /// <summary>Returns the plan for a writer's schema and the wanted columns.</summary>
    public PartPlan GetOrAdd(SchemaDocument? writer, PartLayout layout, Func<PartPlan> compile)
    {
        (int?, string?, string, bool) key = (writer?.Id, writer is null ? null : $"{writer.Name}\n{writer.FullText}", Describe(layout), CompiledPlan.IsSupported);
        if (_plans.TryGetValue(key, out PartPlan? plan))
        {
            return plan;
        }

        if (_plans.Count >= MostPlans)
        {
            _plans.Clear();
        }

        return _plans.GetOrAdd(key, compile());
    }

    /// <summary>Describes everything that a plan takes from a layout.</summary>
    private static string Describe(PartLayout layout) => string.Join('\n', layout.Columns.Select(c => c.Describe()).Prepend($"{layout.Part}|{layout.Marking}"));
}
