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

    /// <summary>Which kind of id it is.</summary>
    public SchemaIdKind Kind { get; }

    /// <summary>The number; 0 where <see cref="Kind"/> is <see cref="SchemaIdKind.Guid"/>.</summary>
    public long Number { get; }

    /// <summary>The GUID; empty unless <see cref="Kind"/> is <see cref="SchemaIdKind.Guid"/>.</summary>
    public Guid Guid { get; }

    /// <summary>An id of Confluent's schema registry.</summary>
    /// <param name="id">The id.</param>
    public static WriterSchemaId FromId(long id) => new(SchemaIdKind.Id, id, default);

    /// <summary>A GUID of Confluent's schema registry, or the id of a schema version in AWS Glue.</summary>
    /// <param name="guid">The GUID.</param>
    public static WriterSchemaId FromGuid(Guid guid) => new(SchemaIdKind.Guid, 0, guid);

    /// <summary>A content id of Apicurio Registry.</summary>
    /// <param name="id">The id.</param>
    public static WriterSchemaId FromContentId(long id) => new(SchemaIdKind.ContentId, id, default);

    /// <summary>A global id of Apicurio Registry.</summary>
    /// <param name="id">The id.</param>
    public static WriterSchemaId FromGlobalId(long id) => new(SchemaIdKind.GlobalId, id, default);

    /// <summary>The id in words, for example <c>schema id 7</c>.</summary>
    public override string ToString() => Kind == SchemaIdKind.Guid ? $"schema GUID {Guid}" : string.Create(CultureInfo.InvariantCulture, $"{Words} {Number}");

    /// <summary>The id as an exception carries it; null for a GUID, or where it has more than 32 bits.</summary>
    internal int? Int32 => Kind != SchemaIdKind.Guid && Number == (int)Number ? (int)Number : null;

    private string Words => Kind switch
    {
        SchemaIdKind.Id => "schema id",
        SchemaIdKind.ContentId => "content id",
        SchemaIdKind.GlobalId => "global id",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
