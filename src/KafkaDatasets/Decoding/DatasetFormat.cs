using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>How the records of one dataset are read.</summary>
/// <param name="value">The format of the values.</param>
/// <param name="schemas">Where writers' schemas come from; null: values have no framing.</param>
/// <param name="recordColumns">The columns of records' keys and headers.</param>
internal sealed class DatasetFormat(IRecordFormat value, RegistrySchemas? schemas, IReadOnlyList<RecordColumn> recordColumns)
{
    public DatasetSchema Schema { get; } = value.Schema.With(recordColumns);

    public IRowDecoder CreateDecoder(IReadOnlyList<BlockColumn> layout, BadRecords badRecords) =>
        RecordPartsDecoder.Around(new RowDecoder(new ValuePlans(value, schemas, layout), layout, badRecords));
}
