using System.Globalization;

namespace KafkaDatasets;

/// <summary>The id of the schema that a key or value was written with, as the record carries it.</summary>
public readonly record struct WriterSchemaId
{
    private WriterSchemaId(SchemaIdKind kind, long number, Guid guid)
    {
        Kind = kind;
        Number = number;
        Guid = guid;
    }

    /// <summary>The kind of the id.</summary>
    public SchemaIdKind Kind { get; }

    /// <summary>The numeric id; 0 if <see cref="Kind"/> is <see cref="SchemaIdKind.Guid"/>.</summary>
    public long Number { get; }

    /// <summary>The GUID; empty unless <see cref="Kind"/> is <see cref="SchemaIdKind.Guid"/>.</summary>
    public Guid Guid { get; }

    /// <summary>Creates an id of Confluent's schema registry.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The id.</returns>
    public static WriterSchemaId FromId(long id) => new(SchemaIdKind.Id, id, default);

    /// <summary>Creates a GUID id: of Confluent's schema registry, or of a schema version in AWS Glue.</summary>
    /// <param name="guid">The GUID.</param>
    /// <returns>The id.</returns>
    public static WriterSchemaId FromGuid(Guid guid) => new(SchemaIdKind.Guid, 0, guid);

    /// <summary>Creates a content id of Apicurio Registry.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The id.</returns>
    public static WriterSchemaId FromContentId(long id) => new(SchemaIdKind.ContentId, id, default);

    /// <summary>Creates a global id of Apicurio Registry.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The id.</returns>
    public static WriterSchemaId FromGlobalId(long id) => new(SchemaIdKind.GlobalId, id, default);

    /// <summary>Describes the id, for example <c>schema id 7</c>.</summary>
    public override string ToString() => Kind == SchemaIdKind.Guid ? $"schema GUID {Guid}" : string.Create(CultureInfo.InvariantCulture, $"{Words} {Number}");

    /// <summary>The id for <c>SchemaId</c> of an exception; null for a GUID, or if it does not fit in 32 bits.</summary>
    internal int? Int32 => Kind != SchemaIdKind.Guid && Number == (int)Number ? (int)Number : null;

    private string Words => Kind switch
    {
        SchemaIdKind.Id => "schema id",
        SchemaIdKind.ContentId => "content id",
        SchemaIdKind.GlobalId => "global id",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
