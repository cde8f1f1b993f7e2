using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>How the records of one dataset are read.</summary>
/// <param name="value">The format of the values.</param>
/// <param name="schemas">Where writers' schemas come from; null: values have no framing.</param>
internal sealed class DatasetFormat(IRecordFormat value, RegistrySchemas? schemas)
{
    public DatasetSchema Schema => value.Schema;

    public IRowDecoder CreateDecoder(IReadOnlyList<BlockColumn> layout, BadRecords badRecords) =>
        new RowDecoder(new ValuePlans(value, schemas, layout), layout, badRecords);
}
