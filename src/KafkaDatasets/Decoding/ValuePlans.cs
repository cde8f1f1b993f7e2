using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>The decode plans of one pass: one for each writer schema, compiled when its first record comes.</summary>
/// <param name="format">The format.</param>
/// <param name="schemas">Where writers' schemas come from; null where all values have the dataset's own schema.</param>
/// <param name="layout">The columns of the blocks.</param>
internal sealed class ValuePlans(IRecordFormat format, RegistrySchemas? schemas, IReadOnlyList<BlockColumn> layout)
{
    private readonly ConcurrentDictionary<WriterId, ValuePlan> _plans = new();
    private readonly ConcurrentDictionary<WriterId, SchemaException> _refused = new();

    /// <summary>The plan for values that have no framing; null where they have.</summary>
    public ValuePlan? Bare { get; } = schemas is null ? Compile(format, null, () => format.Compile(null, layout)) : null;

    /// <summary>The plan for keys; null where nothing is in them.</summary>
    public ValuePlan? Key { get; } = Compile(format, null, () => format.CompileKey(layout));

    public bool TryGet(WriterId writer, [NotNullWhen(true)] out ValuePlan? plan) => _plans.TryGetValue(writer, out plan);

    /// <summary>Sees to it that <see cref="TryGet"/> finds a plan.</summary>
    /// <exception cref="SchemaException">There is no such schema, or it does not fit; that is known for the rest of the pass. Or the registry failed.</exception>
    public async ValueTask LoadAsync(WriterId writer, CancellationToken cancellationToken)
    {
        if (_refused.TryGetValue(writer, out SchemaException? refused))
        {
            throw refused;
        }

        try
        {
            SchemaDocument schema = await writer.FindAsync(schemas!, cancellationToken).ConfigureAwait(false);
            _plans.GetOrAdd(writer, _ => Compile(format, schema, () => format.Compile(schema, layout)));
        }
        catch (SchemaException e) when (!e.IsRegistryFault)
        {
            _refused.TryAdd(writer, e);
            throw;
        }
    }

    private static T Compile<T>(IRecordFormat format, SchemaDocument? writer, Func<T> compile)
    {
        try
        {
            return compile();
        }
        catch (IncompatibleSchemaException e)
        {
            throw new SchemaException(
                $"Records with the schema of {writer?.ToString() ?? format.Source} cannot be read as the dataset's, that of {format.Source}: {e.Message}. Choose another range, or another schema for the dataset.", e)
            {
                SchemaId = writer?.Id,
                Field = e.Field,
            };
        }
    }
}
