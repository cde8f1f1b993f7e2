using KafkaDatasets.Writing.Formats;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Writing.Shapes;

/// <summary>A view as a record: its fields are the columns that are not hidden, but those of a topic's view that are parts of its records.</summary>
internal static class ViewShape
{
    private const string DefaultRecordName = "Row";

    /// <exception cref="SchemaException">A column cannot be a field; names each.</exception>
    public static RecordShape Of(DataViewSchema view, ValueFormat format, KafkaWriterOptions options, Func<string, bool> isWanted)
    {
        var builder = new ShapeBuilder(format, "The view");
        foreach (DataViewSchema.Column column in view.Where(c => !c.IsHidden && !IsRecordPart(c) && isWanted(c.Name)))
        {
            FieldType? type = TypeOf(column, format);
            if (type is null)
            {
                builder.Refuse(column.Name, $"a column of type {column.Type} is not one that can be written");
            }

            builder.Add(column.Name, type);
        }

        return builder.Build(options.RecordName ?? DefaultRecordName, options.RecordNamespace);
    }

    /// <summary>The columns of the view that the fields are, in their order.</summary>
    /// <exception cref="SchemaException">A field has no column.</exception>
    public static DataViewSchema.Column[] Match(DataViewSchema view, RecordShape shape)
    {
        string[] missing = [.. shape.Fields.Select(f => f.Name).Where(name => view.GetColumnOrNull(name) is null)];
        return missing.Length == 0
            ? [.. shape.Fields.Select(f => view[f.Name])]
            : throw new SchemaException($"The view has no column for the fields {string.Join(", ", missing)} of {shape.FullName}.") { Field = missing[0] };
    }

    private static bool IsRecordPart(DataViewSchema.Column column) => column.Annotations.Schema.GetColumnOrNull(MLNet.ViewSchema.RecordPartName) is not null;

    private static FieldType? TypeOf(DataViewSchema.Column column, ValueFormat format) => column.Type switch
    {
        KeyDataViewType or VectorDataViewType { ItemType: KeyDataViewType } when KeyTexts.Of(column) is { } texts => List(column, format.CanBeSymbols(texts)
            ? new EnumType($"{column.Name}Value", texts) { IsNullable = true }
            : new ScalarType(ScalarKind.Text) { IsNullable = true }),
        KeyDataViewType key => Number(key),
        VectorDataViewType { ItemType: KeyDataViewType key } => new ListType(Number(key)),
        PrimitiveDataViewType => Scalar(column.Type),
        VectorDataViewType vector => Scalar(vector.ItemType) is { } item ? new ListType(item) : null,
        _ => null,
    };

    private static FieldType List(DataViewSchema.Column column, FieldType item) => column.Type is VectorDataViewType ? new ListType(item) : item;

    private static ScalarType Number(KeyDataViewType key) => new(key.Count <= int.MaxValue ? ScalarKind.Int32 : ScalarKind.Int64) { IsNullable = true };

    private static ScalarType? Scalar(DataViewType type) => TypeShape.KindOf(type.RawType) is { } kind ? new ScalarType(kind) : null;
}
