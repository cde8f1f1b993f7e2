using System.Collections.Concurrent;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding.Avro;

/// <summary>The decode plans of one pass: one for each writer schema, compiled when its first record comes.</summary>
/// <param name="schemas">Where writers' schemas come from; null where all values have the reader's schema.</param>
/// <param name="reader">The dataset's schema.</param>
/// <param name="layout">The columns of the blocks.</param>
internal sealed class AvroPlans(RegistrySchemas? schemas, SchemaDocument reader, IReadOnlyList<BlockColumn> layout)
{
    private readonly ConcurrentDictionary<int, AvroPlan> _byId = new();
    private readonly ConcurrentDictionary<Guid, AvroPlan> _byGuid = new();

    public bool TryGet(int id, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out AvroPlan? plan) => _byId.TryGetValue(id, out plan);

    public bool TryGet(Guid guid, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out AvroPlan? plan) => _byGuid.TryGetValue(guid, out plan);

    /// <summary>The plan for values that have the dataset's own schema.</summary>
    public AvroPlan Own() => Compile(reader);

    public async ValueTask<AvroPlan> GetAsync(int id, CancellationToken cancellationToken)
    {
        SchemaDocument writer = await schemas!.GetAsync(id, cancellationToken).ConfigureAwait(false);
        return _byId.GetOrAdd(id, _ => Compile(writer));
    }

    public async ValueTask<AvroPlan> GetAsync(Guid guid, CancellationToken cancellationToken)
    {
        SchemaDocument writer = await schemas!.GetAsync(guid, cancellationToken).ConfigureAwait(false);
        return _byGuid.GetOrAdd(guid, _ => Compile(writer));
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
                $"Records with the schema of {writer.Name} cannot be read as the dataset's, that of {reader.Name}: {e.Message}. Choose another range, or another schema for the dataset.", e)
            {
                SchemaId = writer.Id,
                Field = e.Field,
            };
        }
    }
}
