using KafkaDatasets.Writing.Formats;
using KafkaDatasets.Writing.Shapes;

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
        FieldFilter isKey = path => string.Join('.', path) == options.Key;
        RecordShape value = format.Shape(options.Schema, isWanted => derive(format, path => isWanted(path) && (options.IsKeyInValue || !isKey(path))));
        return new RowPlan(WrittenPart.Of(format, value, options.Schema), options.Key is { } key ? KeyOf(key, options.KeyFormat, value, keyFormat => derive(keyFormat, isKey)) : null);
    }

    private static WrittenPart KeyOf(string key, WriteFormat? format, RecordShape value, Func<ValueFormat, RecordShape> derive)
    {
        ValueFormat keyFormat = format is null ? new KeyValues() : ValueFormat.Of(format.Value);
        try
        {
            RecordShape shape = AsKey(derive(keyFormat), key);
            return WrittenPart.Of(keyFormat, shape with { Name = NameOf(shape, value), Namespace = value.Namespace });
        }
        catch (SchemaException e)
        {
            throw new SchemaException($"{nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Key)} '{key}' cannot be a record's key: {e.Message}", e) { Field = key };
        }
    }

    /// <summary>The same record, in which the field that is the key makes the key null where it has no value.</summary>
    private static RecordShape AsKey(RecordShape record, string path)
    {
        RowField field = record.Fields[0];
        FieldType type = field.Name == path ? field.Type with { IsKey = true } : AsKey((RecordShape)field.Type, path[(field.Name.Length + 1)..]);
        return record with { Fields = [field with { Type = type }] };
    }

    /// <summary>The name of the value's record with <c>Key</c> behind it, which no type within the key has.</summary>
    private static string NameOf(RecordShape key, RecordShape value)
    {
        string name = $"{value.Name}Key";
        while (key.Within.Any(type => type.Name == name))
        {
            name += "_";
        }

        return name;
    }
}
