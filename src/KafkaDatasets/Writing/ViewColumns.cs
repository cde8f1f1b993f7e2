using Avro;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Writing;

/// <summary>A view's columns as fields of an Avro record. Hidden columns are left out, and those of a topic's view that are parts of its records.</summary>
internal static class ViewColumns
{
    private const string DefaultRecordName = "Row";

    /// <summary>The schema of the view.</summary>
    /// <exception cref="SchemaException">A column has no Avro type, or a name that Avro does not allow; names each.</exception>
    public static RecordSchema DeriveSchema(DataViewSchema view, KafkaWriterOptions options)
    {
        var builder = new SchemaBuilder(options.RecordName ?? DefaultRecordName, options.RecordNamespace, "the view");
        foreach (DataViewSchema.Column column in view.Where(c => !c.IsHidden && c.Annotations.Schema.GetColumnOrNull(MLNet.ViewSchema.RecordPartName) is null))
        {
            switch (column.Type)
            {
                case KeyDataViewType when KeyTexts.Of(column) is { } texts:
                    if (texts.All(AvroName.IsValid) && texts.Distinct().Count() == texts.Length)
                    {
                        builder.AddEnum(column.Name, $"{column.Name}Value", texts, nullable: true);
                    }
                    else
                    {
                        builder.Add(column.Name, typeof(string), nullable: true);
                    }

                    break;
                case KeyDataViewType key:
                    builder.Add(column.Name, key.Count <= int.MaxValue ? typeof(int) : typeof(long), nullable: true);
                    break;
                case PrimitiveDataViewType:
                    builder.Add(column.Name, column.Type.RawType, nullable: false);
                    break;
                case VectorDataViewType { ItemType: not KeyDataViewType } vector:
                    builder.AddArray(column.Name, vector.ItemType.RawType);
                    break;
                default:
                    builder.Refuse(column.Name, $"a column of type {column.Type} has no Avro type here");
                    break;
            }
        }

        return builder.Build();
    }

    /// <summary>The columns of the view that the schema's fields are, in their order.</summary>
    /// <exception cref="SchemaException">A field has no column.</exception>
    public static DataViewSchema.Column[] Match(DataViewSchema view, RecordSchema schema)
    {
        string[] missing = [.. schema.Fields.Select(f => f.Name).Where(name => view.GetColumnOrNull(name) is null)];
        return missing.Length == 0
            ? [.. schema.Fields.Select(f => view[f.Name])]
            : throw new SchemaException($"The view has no column for the fields {string.Join(", ", missing)} of {schema.Fullname}.") { Field = missing[0] };
    }
}
