using KafkaDatasets.Writing.Formats;
using KafkaDatasets.Writing.Shapes;

namespace KafkaDatasets.Writing;

/// <summary>What is made of rows: the format, the fields of the value, the field that is the key, and the schema.</summary>
/// <param name="Format">The format.</param>
/// <param name="Value">The fields of the value.</param>
/// <param name="Key">The field that is the record's key, or null.</param>
/// <param name="Schema">The schema.</param>
internal sealed record RowPlan(ValueFormat Format, RecordShape Value, RowField? Key, WrittenSchema Schema)
{
    /// <summary>Whether the key's field is in the value too: it is, but where a value is the features alone.</summary>
    private static bool HasKeyInValue(WriteFormat format) => format is not (WriteFormat.Csv or WriteFormat.Float32);

    /// <summary>Makes the plan.</summary>
    /// <param name="options">The options.</param>
    /// <param name="derive">The shape of the type or the view in a format, of those fields that are wanted.</param>
    /// <exception cref="SchemaException">The rows have no such shape, or the schema given is not valid.</exception>
    public static RowPlan Of(KafkaWriterOptions options, Func<ValueFormat, Func<string, bool>, RecordShape> derive)
    {
        var format = ValueFormat.Of(options.Format);
        RecordShape shape = format.Shape(options.Schema, isWanted => derive(format, name => isWanted(name) && (HasKeyInValue(options.Format) || name != options.Key)));
        return new RowPlan(format, shape, KeyOf(options, derive), new WrittenSchema(shape.FullName, format.SchemaType, options.Schema ?? format.Document(shape)));
    }

    private static RowField? KeyOf(KafkaWriterOptions options, Func<ValueFormat, Func<string, bool>, RecordShape> derive)
    {
        if (options.Key is null)
        {
            return null;
        }

        try
        {
            return derive(new KeyValues(), name => name == options.Key).Fields[0];
        }
        catch (SchemaException e)
        {
            throw new SchemaException($"{nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Key)} '{options.Key}' cannot be a record's key: {e.Message}", e) { Field = options.Key };
        }
    }
}
