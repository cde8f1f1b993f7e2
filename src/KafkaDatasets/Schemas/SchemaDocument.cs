using RecordSchema = global::Avro.RecordSchema;

namespace KafkaDatasets.Schemas;

/// <summary>A schema and where it came from.</summary>
/// <param name="Id">Its id in the registry, or null where it has none.</param>
/// <param name="Name">What messages call it: <c>id 7</c>, <c>GUID …</c>, <c>subject 'x' version 2</c>.</param>
/// <param name="Avro">The schema.</param>
internal sealed record SchemaDocument(int? Id, string Name, RecordSchema Avro)
{
    public override string ToString() => Id is { } id && !Name.StartsWith("id ", StringComparison.Ordinal) ? $"{Name} (id {id})" : Name;
}
