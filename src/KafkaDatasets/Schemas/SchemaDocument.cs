using Confluent.SchemaRegistry;

namespace KafkaDatasets.Schemas;

/// <summary>The text of a schema, and its origin.</summary>
/// <param name="Id">The registry id, or null when it has none.</param>
/// <param name="Name">The name in messages: <c>id 7</c>, <c>GUID …</c>, <c>subject 'x' version 2</c>.</param>
/// <param name="Type">The schema language.</param>
/// <param name="Text">The schema.</param>
/// <param name="References">The schemas that it refers to, directly or indirectly; each follows those that it refers to itself.</param>
internal sealed record SchemaDocument(int? Id, string Name, SchemaType Type, string Text, IReadOnlyList<ReferencedSchema> References)
{
    /// <summary>The name in messages for a schema from the options.</summary>
    public const string Options = "the options";

    /// <summary>The subject and version that it was requested by, or null.</summary>
    public (string Name, int Version)? Subject { get; init; }

    /// <summary>For a writer's schema whose name differs from the dataset's: whether it is nevertheless a version of the same subject.</summary>
    public bool IsOfSameSubject { get; init; }

    /// <summary>The text and those of the schemas that it refers to.</summary>
    public string FullText => References.Count == 0 ? Text : $"{Text}\n{string.Join('\n', References.Select(r => $"{r.Name}\n{r.Text}"))}";

    /// <summary>Creates the document of a schema from the options.</summary>
    public static SchemaDocument OfOptions(SchemaType type, string text) => new(null, Options, type, text, []);

    /// <summary>Creates the document of a schema from the caller's resolver.</summary>
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
