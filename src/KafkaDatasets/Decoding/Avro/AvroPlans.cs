using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding.Avro;

/// <summary>The decode plans of one pass: one for each writer schema, compiled when its first record comes.</summary>
/// <param name="schemas">Where writers' schemas come from; null where all values have the reader's schema.</param>
/// <param name="reader">The dataset's schema.</param>
/// <param name="layout">The columns of the blocks.</param>
internal sealed class AvroPlans(RegistrySchemas? schemas, SchemaDocument reader, IReadOnlyList<BlockColumn> layout)
{
    private readonly ConcurrentDictionary<WriterId, AvroPlan> _plans = new();
    private readonly ConcurrentDictionary<WriterId, SchemaException> _refused = new();

    public bool TryGet(WriterId writer, [NotNullWhen(true)] out AvroPlan? plan) => _plans.TryGetValue(writer, out plan);

    /// <summary>The plan for values that have the dataset's own schema.</summary>
    public AvroPlan Own() => Compile(reader);

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
            SchemaDocument schema = writer.Guid is { } guid
                ? await schemas!.GetAsync(guid, cancellationToken).ConfigureAwait(false)
                : await schemas!.GetAsync(writer.Id, cancellationToken).ConfigureAwait(false);
            _plans.GetOrAdd(writer, _ => Compile(schema));
        }
        catch (SchemaException e) when (!e.IsRegistryFault)
        {
            _refused.TryAdd(writer, e);
            throw;
        }
    }

    private AvroPlan Compile(SchemaDocument writer)
    {
        try
        {
            return AvroPlanCompiler.Compile(writer.Avro, reader.Avro, layout);
        }
        catch (IncompatibleSchemaException e)
        {
            throw new SchemaException(
                $"Records with the schema of {writer} cannot be read as the dataset's, that of {reader}: {e.Message}. Choose another range, or another schema for the dataset.", e)
            {
                SchemaId = writer.Id,
                Field = e.Field,
            };
        }
    }
}
