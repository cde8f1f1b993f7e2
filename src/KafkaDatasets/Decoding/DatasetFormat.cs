using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>How the records of one dataset are read.</summary>
internal sealed class DatasetFormat
{
    private readonly PartFormat _value;
    private readonly PartFormat? _key;

    /// <summary>Combines the parts.</summary>
    /// <param name="value">The format of the values.</param>
    /// <param name="key">The format of the keys, or null when keys are not read.</param>
    /// <param name="recordColumns">The columns that hold records' keys and headers unchanged.</param>
    /// <param name="enumsAsText">Whether enums become text columns.</param>
    /// <exception cref="SchemaException">A field of the value and one of the key have the same name.</exception>
    /// <exception cref="InvalidOptionsException">A record column has the name of a field of the key.</exception>
    public DatasetFormat(PartFormat value, PartFormat? key, IReadOnlyList<RecordColumn> recordColumns, bool enumsAsText = false)
    {
        _value = value;
        _key = key;
        if (key is not null)
        {
            CheckNames(value.Format.Schema, key.Format.Schema, recordColumns);
        }

        Schema = enumsAsText
            ? value.Format.Schema.WithEnumsAsText().With(key?.Format.Schema.WithEnumsAsText(), recordColumns)
            : value.Format.Schema.With(key?.Format.Schema, recordColumns);
        Schema.Source = key is null ? value.Format.Source : $"{value.Format.Source}, with the key's of {key.Format.Source}";
    }

    public DatasetSchema Schema { get; }

    /// <summary>Warns when another schema of the values orders the fields differently; null when the options name the features.</summary>
    public FieldOrder? Order => _value.Order;

    /// <summary>The ids of the schemas that the records read so far were written with: of the values, and of the keys if they are read.</summary>
    public IEnumerable<WriterSchemaId> SeenSchemas => _key is null ? _value.Seen.Ids : _value.Seen.Ids.Union(_key.Seen.Ids);

    public IRowDecoder CreateDecoder(IReadOnlyList<BlockColumn> layout, BadRecords badRecords) => RecordPartsDecoder.Around(
        new RowDecoder(new PartPlans(_value, layout), _key is null ? null : new PartPlans(_key, layout), layout, badRecords));

    private static void CheckNames(DatasetSchema value, DatasetSchema key, IReadOnlyList<RecordColumn> recordColumns)
    {
        if (key.Columns.FirstOrDefault(c => value.TryGetColumn(c.Name, out _)) is { } twice)
        {
            throw new SchemaException(
                $"The value has a field '{twice.Name}', and so has the key. Leave {nameof(KafkaDatasetOptions.KeyFormat)} null and take the key by {nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.RecordColumns)}, or read the value by a schema without that field.")
            {
                Field = twice.Name,
            };
        }

        InvalidOptionsException.ThrowIfAny(
            nameof(KafkaDatasetOptions),
            [
                .. recordColumns.Where(c => key.TryGetColumn(c.Column.Name, out _)).Select(c =>
                    $"{nameof(KafkaDatasetOptions.RecordColumns)} has a column '{c.Column.Name}', and so has the key that {nameof(KafkaDatasetOptions.KeyFormat)} reads: give it another name, for example {nameof(RecordColumn)}.{nameof(RecordColumn.Key)}(\"RawKey\")"),
            ]);
    }
}
