using Confluent.SchemaRegistry;
using KafkaDatasets.Decoding;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Json;

/// <summary>JSON values, bound to the object whose members are the dataset's columns.</summary>
internal sealed class JsonRecordFormat : IRecordFormat
{
    private readonly JsonField _root;
    private readonly WantedColumns _wanted = WantedColumns.None;

    /// <summary>Binds a schema.</summary>
    /// <param name="document">The schema.</param>
    /// <param name="wanted">The columns that are asked for by name.</param>
    /// <exception cref="SchemaException">The document is no JSON Schema of an object, or for keys of anything.</exception>
    public JsonRecordFormat(SchemaDocument document, WantedColumns wanted)
    {
        _wanted = wanted;
        var schema = new JsonSchemaDocument(document, wanted);
        _root = schema.Root;
        Schema = JsonColumns.Of(schema.Name, _root, schema.Unreadable);
        Source = document.ToString();
    }

    /// <summary>Binds columns.</summary>
    /// <param name="columns">The columns, by the names in the object.</param>
    /// <param name="root">What their names in the dataset begin with.</param>
    public JsonRecordFormat(IReadOnlyList<DatasetColumn> columns, string root)
    {
        _root = JsonColumns.ObjectOf(columns, root);
        Source = "the options";
        Schema = new DatasetSchema(Source, DeclaredColumns.Under(root, JsonColumns.Of(columns)), new Dictionary<string, string>());
    }

    public DatasetSchema Schema { get; }

    public string Source { get; }

    public DatasetSchema? SchemaOf(SchemaDocument writer) => new JsonRecordFormat(writer, _wanted).Schema;

    public PartPlan Compile(SchemaDocument? writer, PartLayout layout)
    {
        writer?.Require(SchemaType.Json);
        return new JsonPlan(_root, layout);
    }
}
