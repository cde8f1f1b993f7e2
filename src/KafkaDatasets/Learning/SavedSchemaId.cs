using System.Diagnostics;

namespace KafkaDatasets.Learning;

/// <summary>The id of a writer's schema in the JSON of a checkpoint: a number, or a GUID.</summary>
internal sealed record SavedSchemaId(SchemaIdKind Kind, long? Number = null, Guid? Guid = null)
{
    public static SavedSchemaId Of(WriterSchemaId id) => id.Kind == SchemaIdKind.Guid ? new(id.Kind, null, id.Guid) : new(id.Kind, id.Number, null);

    public WriterSchemaId Read() => Kind switch
    {
        SchemaIdKind.Id => WriterSchemaId.FromId(Number ?? 0),
        SchemaIdKind.Guid => WriterSchemaId.FromGuid(Guid ?? default),
        SchemaIdKind.ContentId => WriterSchemaId.FromContentId(Number ?? 0),
        SchemaIdKind.GlobalId => WriterSchemaId.FromGlobalId(Number ?? 0),
        _ => throw new UnreachableException(),
    };
}
