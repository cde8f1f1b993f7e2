using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace KafkaDatasets.Diagnostics;

/// <summary>The library's meter and activity source, both named <c>KafkaDatasets</c>.</summary>
internal static class Instruments
{
    public const string Name = "KafkaDatasets";

    public static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> RowsRead = Meter.CreateCounter<long>("kafkadatasets.rows.read", "{row}", "Rows given to batches and cursors.");

    public static readonly Counter<long> BytesFetched = Meter.CreateCounter<long>("kafkadatasets.bytes.fetched", "By", "Bytes of records fetched, decompressed.");

    public static readonly Counter<long> RecordsSkipped = Meter.CreateCounter<long>("kafkadatasets.records.skipped", "{record}", "Records left out because they could not be decoded.");

    public static readonly Counter<long> OffsetsLost = Meter.CreateCounter<long>("kafkadatasets.offsets.lost", "{offset}", "Offsets of the range that were no longer in the log and were passed over.");

    public static readonly Counter<long> RowsWritten = Meter.CreateCounter<long>("kafkadatasets.rows.written", "{row}", "Rows that the brokers have acknowledged.");
}
