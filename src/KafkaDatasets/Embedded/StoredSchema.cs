namespace KafkaDatasets.Embedded;

/// <summary>A schema in the registry, with the id and GUID that it has under every subject.</summary>
internal sealed class StoredSchema(int id, Guid guid, PostedSchema document)
{
    internal int Id { get; } = id;

    internal Guid Guid { get; } = guid;

    internal PostedSchema Document { get; } = document;
}
