using System.Collections.Concurrent;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>Caches the compiled plans of a dataset between passes, because compiling one to machine code takes milliseconds.</summary>
internal sealed class PlanCache
{
    /// <summary>The most plans to keep; more than this means that passes never read the same columns twice.</summary>
    private const int MostPlans = 64;

    private readonly ConcurrentDictionary<(int? Id, string? Schema, string Layout, bool IsCompiled), PartPlan> _plans = new();

    /// <summary>Returns the plan for a writer's schema and the wanted columns.</summary>
    public PartPlan GetOrAdd(SchemaDocument? writer, PartLayout layout, Func<PartPlan> compile)
    {
        (int?, string?, string, bool) key = (writer?.Id, writer is null ? null : $"{writer.Name}\n{writer.Text}", Describe(layout), CompiledPlan.IsSupported);
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
    private static string Describe(PartLayout layout) =>
        string.Join('\n', layout.Columns.Select(c => $"{c.Type}|{c.Label}|{c.Tensor}|{c.Width}|{string.Join('\t', c.Fields.Select(f => $"{f.Name} {f.Type} {f.IsOfKey} {f.IsLengths} {f.Part} {f.IsVector} {f.Size}"))}|{string.Join('\t', c.Categories ?? [])}").Prepend($"{layout.Part}|{layout.Marking}"));
}
