using KafkaDatasets.Diagnostics;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats;

/// <summary>How rows are written as records.</summary>
/// <param name="Value">The value.</param>
/// <param name="Key">The key, or null when records have no keys.</param>
internal sealed record RowPlan(WrittenPart Value, WrittenPart? Key)
{
    /// <summary>Plans the value and the key.</summary>
    /// <param name="options">The options.</param>
    /// <param name="derive">Derives the shape of the type or the view for a format, with the wanted fields.</param>
    /// <exception cref="SchemaException">The rows cannot be written in the format, or the given schema is invalid.</exception>
    public static RowPlan Of(KafkaWriterOptions options, Func<FormatTraits, FieldFilter, RecordShape> derive)
    {
        ValueFormat format = ValueFormats.Of(options.Format, options.ByteOrder);
        FieldFilter isKey = IsKey(options);
        RecordShape value = format.Shape(options.Schema, isWanted => derive(format.Traits, path => isWanted(path) && (options.IsKeyInValue || !isKey(path))));
        return new RowPlan(WrittenPart.Of(format, value, options.Schema), KeyOf(options, value.Name, value.Namespace, derive));
    }

    /// <summary>Plans the key, or returns null when records have no keys.</summary>
    /// <param name="options">The options.</param>
    /// <param name="valueName">The name of the value's record.</param>
    /// <param name="valueNamespace">The namespace of the value's record.</param>
    /// <param name="derive">Derives the shape of the type or the view for a format, with the wanted fields.</param>
    /// <exception cref="SchemaException">The field does not exist, or its values cannot be a key.</exception>
    public static WrittenPart? KeyOf(KafkaWriterOptions options, string valueName, string? valueNamespace, Func<FormatTraits, FieldFilter, RecordShape> derive)
    {
        if (options.Key is not { } key)
        {
            return null;
        }

        FieldFilter isKey = IsKey(options);
        var fields = new List<string>();
        ValueFormat format = options.KeyFormat is { } set ? ValueFormats.Of(set) : new KeyValues();
        try
        {
            RecordShape shape = AsKey(derive(format.Traits, path => Note(path, fields) && isKey(path)), key);
            return WrittenPart.Of(format, shape with { Name = NameOf(shape, valueName), Namespace = valueNamespace });
        }
        catch (SchemaException e)
        {
            throw new SchemaException($"{nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Key)} '{key}' cannot be a record's key: {(fields.Count == 0 || fields.Contains(key) ? e.Message : NoField(key, fields))}", e) { Field = key };
        }
    }

    private static bool Note(IReadOnlyList<string> path, List<string> fields)
    {
        fields.Add(string.Join('.', path));
        return true;
    }

    private static string NoField(string key, List<string> fields) => $"there is no such field.{SimilarNames.Hint(key, fields)} The fields are {string.Join(", ", fields)}.";

    private static FieldFilter IsKey(KafkaWriterOptions options) => path => string.Join('.', path) == options.Key;

    /// <summary>Returns the same record with a key field that makes the whole key null when it has no value.</summary>
    private static RecordShape AsKey(RecordShape record, string path)
    {
        RowField field = record.Fields[0];
        FieldType type = field.Name == path ? field.Type with { IsKey = true } : AsKey((RecordShape)field.Type, path[(field.Name.Length + 1)..]);
        return record with { Fields = [field with { Type = type }] };
    }

    /// <summary>Returns the name of the value's record followed by <c>Key</c>, and by underscores if a type in the key has that name.</summary>
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
