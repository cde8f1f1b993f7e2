using System.Runtime.CompilerServices;
using Avro.Specific;
using Confluent.SchemaRegistry;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using KafkaDatasets.Shapes;
using Microsoft.ML.Data;

namespace KafkaDatasets.MLNet;

/// <summary>The columns that a class requests: by its members and ML.NET's attributes, or, if it was generated from an Avro or Protobuf schema, by that schema.</summary>
internal sealed class TypedColumns
{
    private readonly Type _type;
    private readonly IReadOnlyList<TypedColumn> _columns;
    private List<ViewField> _fields = [];

    private TypedColumns(Type type, IReadOnlyList<TypedColumn> columns)
    {
        _type = type;
        _columns = columns;
    }

    /// <summary>The columns found in the dataset by <see cref="Bind"/>.</summary>
    public IReadOnlyList<ViewField> Fields => _fields;

    /// <exception cref="SchemaException">The class has members that cannot be columns, or no members.</exception>
    public static TypedColumns Of(Type type)
    {
        IReadOnlyList<TypedColumn> columns = Generated(type) is { } generated
            ? [.. generated.Columns.Select(c => new TypedColumn(c.Name, c.Name, ViewSchema.TypeOf(c)))]
            : Members(type);
        return columns.Count > 0 ? new TypedColumns(type, columns) : throw new SchemaException($"The class {type.Name} has no public property with a getter and a setter, and no public field: there is no column to load.");
    }

    /// <summary>Finds the columns in a dataset, and derives the label and the features from them if the options do not name these.</summary>
    /// <returns>The options with label and features.</returns>
    /// <exception cref="SchemaException">Columns are missing or have other types; the message lists all of them.</exception>
    public KafkaDatasetOptions Bind(string topic, DatasetSchema schema, KafkaDatasetOptions options)
    {
        var faults = new List<string>();
        var found = new List<(TypedColumn Column, DatasetColumn Field)>();
        foreach (TypedColumn column in _columns.Where(c => !IsGiven(c, options)))
        {
            IReadOnlyList<DatasetColumn> fields = schema.Find(column.Name, options.ColumnNameCaseInsensitive) is { Count: > 0 } named ? named : schema.Find(column.Member, options.ColumnNameCaseInsensitive);
            if (fields.Count != 1)
            {
                faults.Add($"'{column.Member}' ({column.Type}): {(fields.Count == 0 ? NoField(column, schema) : $"it may be {string.Join(" or ", fields.Select(f => $"'{f.Name}'"))}")}");
            }
            else if (!Fits(column, fields[0]))
            {
                faults.Add($"'{column.Member}' ({column.Type}): the field '{fields[0].Name}' is {ColumnRoles.Describe(fields[0])}{(fields[0].IsNullable ? ", and may be missing" : "")}");
            }
            else
            {
                found.Add((column, fields[0]));
            }
        }

        LabelColumn? label = options.Label ?? found.Where(f => f.Column.Name == ViewSchema.LabelName).Select(f => LabelOf(f.Column, f.Field, faults)).FirstOrDefault();
        if (faults.Count > 0)
        {
            throw new SchemaException($"The class {_type.Name} does not fit the topic '{topic}': {string.Join("; ", faults)}.") { Topic = topic };
        }

        _fields = [.. found.Where(f => f.Column.Name is not (ViewSchema.LabelName or ViewSchema.FeaturesName)).Select(f => new ViewField(f.Column.Name, f.Field))];
        return options with { Label = label, Features = options.Features ?? FeaturesOf(found, label) };
    }

    private static string NoField(TypedColumn column, DatasetSchema schema)
    {
        string[] names = [.. schema.Columns.Select(c => c.Name)];
        return $"the topic has no field '{column.Name}'{(column.Name == column.Member ? "" : $" or '{column.Member}'")}"
            + (SimilarNames.Clause(column.Name, names) is { Length: > 0 } clause ? clause : SimilarNames.Clause(column.Member, names));
    }

    /// <summary>Whether a column is the label or the features that the options name, and therefore not a field.</summary>
    private static bool IsGiven(TypedColumn column, KafkaDatasetOptions options) =>
        (column.Name == ViewSchema.LabelName && options.Label is not null) || (column.Name == ViewSchema.FeaturesName && options.Features is not null);

    private static string[]? FeaturesOf(List<(TypedColumn Column, DatasetColumn Field)> found, LabelColumn? label)
    {
        string[] named = [.. found.Where(f => f.Column.Name == ViewSchema.FeaturesName).Select(f => f.Field.Name)];
        string[] features = named.Length > 0 ? named : [.. found.Select(f => f.Field).Where(f => f.IsNumeric && f.Name != label?.Field).Select(f => f.Name)];
        return features.Length > 0 ? features : null;
    }

    private static LabelColumn? LabelOf(TypedColumn column, DatasetColumn field, List<string> faults)
    {
        switch (column.Type)
        {
            case BooleanDataViewType:
                return LabelColumn.Binary(field.Name);
            case KeyDataViewType:
                return LabelColumn.Category(field.Name);
            case NumberDataViewType { RawType: var raw } when raw == typeof(float):
                return LabelColumn.Regression(field.Name);
            default:
                faults.Add($"'{column.Member}' ({column.Type}): a label is a Boolean, a Single or a key: name it in {nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Label)} instead");
                return null;
        }
    }

    private static bool Fits(TypedColumn column, DatasetColumn field)
    {
        DataViewType type = ViewSchema.TypeOf(field);
        return type.Equals(column.Type)
            || (column.Type is VectorDataViewType { Size: 0 } any && type is VectorDataViewType vector && vector.ItemType.Equals(any.ItemType))
            || (column is { Name: ViewSchema.LabelName, Type: NumberDataViewType { RawType: var raw } } && raw == typeof(float) && field.CanBeFeature && !field.IsVector);
    }

    /// <summary>The columns of the schema that a class was generated from, or null if it was not generated.</summary>
    private static DatasetSchema? Generated(Type type)
    {
        var everything = new WantedColumns([], "", StringComparison.Ordinal);
        if (typeof(ISpecificRecord).IsAssignableFrom(type))
        {
            string schema = ((ISpecificRecord)RuntimeHelpers.GetUninitializedObject(type)).Schema.ToString();
            return new AvroRecordFormat(SchemaDocument.OfOptions(SchemaType.Avro, schema), everything).Schema;
        }

        return GeneratedMessage.Descriptor(type) is { } message ? new ProtobufRecordFormat(message, type.Name, everything).Schema : null;
    }

    private static List<TypedColumn> Members(Type type)
    {
        SchemaDefinition definition;
        try
        {
            definition = SchemaDefinition.Create(type);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new SchemaException($"The class {type.Name} cannot be a row of ML.NET: {Sentence.Message(e).TrimEnd('.')}. Mark what is not a column by [NoColumn].", e);
        }

        return [.. definition.Select(c => new TypedColumn(c.ColumnName, c.MemberName, c.ColumnType))];
    }
}
