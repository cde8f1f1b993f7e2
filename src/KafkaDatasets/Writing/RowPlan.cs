using KafkaDatasets.Formats;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Writing;

/// <summary>What is made of rows.</summary>
/// <param name="Value">What is the value.</param>
/// <param name="Key">What is the key, or null where records have none.</param>
internal sealed record RowPlan(WrittenPart Value, WrittenPart? Key)
{
    /// <summary>Makes the plan.</summary>
    /// <param name="options">The options.</param>
    /// <param name="derive">The shape of the type or the view in a format, of those fields that are wanted.</param>
    /// <exception cref="SchemaException">The rows have no such shape, or the schema given is not valid.</exception>
    public static RowPlan Of(KafkaWriterOptions options, Func<ValueFormat, FieldFilter, RecordShape> derive)
    {
        var format = ValueFormat.Of(options.Format);
        FieldFilter isKey = IsKey(options);
        RecordShape value = format.Shape(options.Schema, isWanted => derive(format, path => isWanted(path) && (options.IsKeyInValue || !isKey(path))));
        return new RowPlan(WrittenPart.Of(format, value, options.Schema), KeyOf(options, value.Name, value.Namespace, derive));
    }

    /// <summary>What is made of rows for the key, or null where records have none.</summary>
    /// <param name="options">The options.</param>
    /// <param name="valueName">The name of the value's record.</param>
    /// <param name="valueNamespace">Its namespace.</param>
    /// <param name="derive">The shape of the type or the view in a format, of those fields that are wanted.</param>
    /// <exception cref="SchemaException">There is no such field, or its values cannot be a key.</exception>
    public static WrittenPart? KeyOf(KafkaWriterOptions options, string valueName, string? valueNamespace, Func<ValueFormat, FieldFilter, RecordShape> derive)
    {
        if (options.Key is not { } key)
        {
            return null;
        }

        ValueFormat format = options.KeyFormat is { } set ? ValueFormat.Of(set) : new KeyValues();
        try
        {
            RecordShape shape = AsKey(derive(format, IsKey(options)), key);
            return WrittenPart.Of(format, shape with { Name = NameOf(shape, valueName), Namespace = valueNamespace });
        }
        catch (SchemaException e)
        {
            throw new SchemaException($"{nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Key)} '{key}' cannot be a record's key: {e.Message}", e) { Field = key };
        }
    }

    private static FieldFilter IsKey(KafkaWriterOptions options) => path => string.Join('.', path) == options.Key;

    /// <summary>The same record, in which the field that is the key makes the key null where it has no value.</summary>
    private static RecordShape AsKey(RecordShape record, string path)
    {
        RowField field = record.Fields[0];
        FieldType type = field.Name == path ? field.Type with { IsKey = true } : AsKey((RecordShape)field.Type, path[(field.Name.Length + 1)..]);
        return record with { Fields = [field with { Type = type }] };
    }

    /// <summary>The name of the value's record with <c>Key</c> behind it, which no type within the key has.</summary>
    private static string NameOf(RecordShape key, string value)
    {
        string name = $"{value}Key";
        while (key.Within.Any(type => type.Name == name))
        {
            name += "_";
        }

        return name;
    }
}
