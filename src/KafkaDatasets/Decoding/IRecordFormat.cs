namespace KafkaDatasets.Decoding;

/// <summary>A format, bound to the schema of one dataset.</summary>
internal interface IRecordFormat
{
    DatasetSchema Schema { get; }

    IRowDecoder CreateDecoder(IReadOnlyList<BlockColumn> layout, BadRecords badRecords);
}
