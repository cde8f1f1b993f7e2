using Confluent.SchemaRegistry;

namespace KafkaDatasets.Schemas;

/// <summary>The text of a schema, and where it came from.</summary>
/// <param name="Id">Its id in the registry, or null where it has none.</param>
/// <param name="Name">What messages call it: <c>id 7</c>, <c>GUID …</c>, <c>subject 'x' version 2</c>.</param>
/// <param name="Type">The schema language.</param>
/// <param name="Text">The schema.</param>
/// <param name="References">The schemas it refers to, directly or not; each after those that it refers to itself.</param>
internal sealed record SchemaDocument(int? Id, string Name, SchemaType Type, string Text, IReadOnlyList<ReferencedSchema> References)
{
    /// <summary>What messages call the options, where a schema comes from them.</summary>
    public const string Options = "the options";

    /// <summary>The subject and the version that it was asked for by, or null.</summary>
    public (string Name, int Version)? Subject { get; init; }

    /// <summary>Of a writer's schema that has another name than the dataset's: whether it is a version of the same subject all the same.</summary>
    public bool IsOfSameSubject { get; init; }

    /// <summary>A schema of the options.</summary>
    public static SchemaDocument OfOptions(SchemaType type, string text) => new(null, Options, type, text, []);

    /// <summary>A schema of the caller's.</summary>
    public static SchemaDocument Of(ResolvedSchema definition, int? id, string name) =>
        new(id, name, definition.Type, definition.Text, [.. definition.References.Select(r => new ReferencedSchema(r.Key, r.Value))]);

    public override string ToString() => Id is { } id && !Name.EndsWith($"id {id}", StringComparison.Ordinal) ? $"{Name} (id {id})" : Name;

    /// <exception cref="SchemaException">The document is in another schema language.</exception>
    public void Require(SchemaType type)
    {
        if (Type != type)
        {
            throw new SchemaException($"The schema of {Name} is of type {Type}, where {type} is expected.") { SchemaId = Id };
        }
    }
}
