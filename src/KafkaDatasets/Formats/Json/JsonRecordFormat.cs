using Confluent.SchemaRegistry;
using KafkaDatasets.Decoding;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Json;

/// <summary>Reads JSON values, bound to the fields that are the dataset's columns.</summary>
internal sealed class JsonRecordFormat : IRecordFormat
{
    private readonly JsonField _root;
    private readonly WantedColumns _wanted = WantedColumns.None;
    private readonly JsonSchemaDocument? _schema;
    private readonly SchemaDocument? _document;

    /// <summary>Binds a schema.</summary>
    /// <param name="document">The schema.</param>
    /// <param name="wanted">The columns that are requested by name.</param>
    /// <exception cref="SchemaException">The document is not a JSON Schema, or is a schema of values that does not describe objects.</exception>
    public JsonRecordFormat(SchemaDocument document, WantedColumns wanted)
    {
        _wanted = wanted;
        _document = document;
        _schema = new JsonSchemaDocument(document, wanted);
        _root = _schema.ReadRoot();
        Schema = JsonColumns.Of(_schema.Name, _root, _schema.Unreadable);
        Source = document.ToString();
    }

    /// <summary>Binds declared columns.</summary>
    /// <param name="columns">The columns, by the names in the object.</param>
    /// <param name="root">The prefix of their names in the dataset.</param>
    public JsonRecordFormat(IReadOnlyList<DatasetColumn> columns, string root)
    {
        _root = JsonColumns.ObjectOf(columns, root);
        Source = SchemaDocument.Options;
        Schema = new DatasetSchema(Source, DeclaredColumns.Under(root, JsonColumns.Of(columns)), new Dictionary<string, string>());
    }

    public DatasetSchema Schema { get; }

    public string Source { get; }

    public DatasetSchema? SchemaOf(SchemaDocument writer) => new JsonRecordFormat(writer, _wanted).Schema;

    public (string Name, int Version)? Subject => _document?.Subject;

    public bool IsNamedOtherwise(SchemaDocument writer) =>
        _schema is not null && writer.Text != _document!.Text && new JsonSchemaDocument(writer, _wanted) is var written
        && ((_root.Kind == JsonKind.Object && _schema.Title is { } title && written.Title is { } other && other != title) || JsonTypes.HasOthers(Resolved(_root, written)));

    public PartPlan Compile(SchemaDocument? writer, PartLayout layout)
    {
        writer?.Require(SchemaType.Json);
        return new JsonPlan(writer is null || _schema is null || writer.Text == _document!.Text ? _root : RootOf(writer), layout, isFast: !CompiledPlan.IsStepByStep);
    }

    /// <summary>Returns how the dataset reads a text of the writer's schema.</summary>
    /// <exception cref="SchemaException">Its records are of another type.</exception>
    private JsonField RootOf(SchemaDocument writer)
    {
        var written = new JsonSchemaDocument(writer, _wanted);
        IReadOnlyList<JsonField> types = written.ReadTypes();
        if (_root.Kind == JsonKind.Choice && types.Count == 0 && written.Title is { } title && JsonSchemaDocument.SimpleName(title) is var only)
        {
            return _root.Members.Any(m => m.Name == only)
                ? _root with { Members = [.. _root.Members.Select(m => m with { Signature = m.Name == only ? JsonSignature.Only : JsonSignature.None })] }
                : throw OtherType(writer, $"of the type '{title}'");
        }

        if (_root.Kind != JsonKind.Object)
        {
            return writer.IsOfSameSubject ? _root : Resolved(_root, written); // each value shows its type
        }

        if (types.Count > 0)
        {
            return OwnType(types) is { } type
                ? new JsonField("", _root.Path, JsonKind.Choice) { IsRequired = true, Members = [.. types.Select(t => t == type ? _root with { Name = t.Name, Signature = t.Signature } : t with { IsForeign = true })] }
                : _schema!.Title is null ? _root : throw OtherType(writer, $"of the types {string.Join(", ", types.Select(t => $"'{t.Name}'"))}");
        }

        if (_schema!.Title is { } own && written.Title is { } other)
        {
            return writer.IsOfSameSubject ? _root : own == other ? Resolved(_root, written) : throw OtherType(writer, $"of the type '{other}'");
        }

        return _schema.Title is not null || written.Title is not null || _schema.MemberNames.Count == 0 || written.MemberNames.Count == 0 || _schema.MemberNames.Intersect(written.MemberNames).Any()
            ? writer.IsOfSameSubject ? _root : Resolved(_root, written)
            : throw OtherType(writer, "of another type: they have no member in common with the dataset's");
    }

    /// <summary>Returns the description with the objects within it marked that are of another type by the writer's schema.</summary>
    private static JsonField Resolved(JsonField root, JsonSchemaDocument written) => written.TryReadRoot() is { } other ? JsonTypes.Resolve(root, other with { Title = root.Title }) : root;

    /// <summary>Finds the dataset's type among those of a choice: by its name, otherwise by its members.</summary>
    private JsonField? OwnType(IReadOnlyList<JsonField> types)
    {
        string? name = _schema!.Title is { } title ? JsonSchemaDocument.SimpleName(title) : null;
        JsonField[] alike = [.. types.Where(t => t.Signature!.Members.Keys.ToHashSet().SetEquals(_schema.MemberNames))];
        return types.FirstOrDefault(t => t.Name == name) ?? (alike.Length == 1 ? alike[0] : null);
    }

    private SchemaException OtherType(SchemaDocument writer, string what) =>
        new($"Records with the schema of {writer} are {what}; the dataset's type is '{_schema!.Name}', from {Source}.") { SchemaId = writer.Id };
}
