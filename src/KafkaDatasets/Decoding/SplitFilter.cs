using System.Buffers;
using System.Diagnostics;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Creates the filters of a split.</summary>
internal static class SplitFilter
{
    /// <summary>The half of the hash key that is not the seed: "datasets" in ASCII.</summary>
    private const ulong Key = 0x7374657361746164;

    /// <returns>Creates the filter of one pass, which counts its bad records; null when the split includes every row.</returns>
    /// <exception cref="InvalidOptionsException">The split's field does not exist, or cannot be hashed.</exception>
    public static Func<IRecordFilter>? Of(KafkaDatasetOptions options, DatasetFormat format, BadRecords badRecords) => options.Split switch
    {
        null => null,
        DatasetSplit.FieldSplit split => OfField(split, options, format, badRecords),
        DatasetSplit.KeySplit split => () => new EntryFilter(split),
        DatasetSplit.OffsetSplit split => () => new EntryFilter(split),
        DatasetSplit.TimeSplit split => () => new EntryFilter(split),
        _ => throw new UnreachableException(),
    };

    public static KeyedHash HashOf(DatasetSplit.HashSplit split) => new((ulong)split.Seed, Key);

    public static ulong HashOfPosition(KeyedHash hash, int partition, long offset, ArrayBufferWriter<byte> bytes)
    {
        bytes.ResetWrittenCount();
        ValueBytes.WritePosition(bytes, partition, offset);
        return hash.Of(bytes.WrittenSpan);
    }

    private static Func<FieldFilter> OfField(DatasetSplit.FieldSplit split, KafkaDatasetOptions options, DatasetFormat format, BadRecords badRecords)
    {
        var faults = new List<string>();
        DatasetColumn? column = ColumnRoles.Find(format.Schema, split.Field, options.ColumnNameCaseInsensitive, nameof(KafkaDatasetOptions.Split), faults);
        if (column is { IsVector: true } or { Part: not null })
        {
            faults.Add($"{nameof(KafkaDatasetOptions.Split)}: '{split.Field}' is {(column.IsVector ? ColumnRoles.Describe(column) : "not a field of the record")}: choose a field with one value, or {nameof(DatasetSplit.ByRecordKey)} or {nameof(DatasetSplit.ByOffset)}");
        }

        InvalidOptionsException.ThrowIfAny(nameof(KafkaDatasetOptions), faults);
        return () => new FieldFilter(format.CreateDecoder([new BlockColumn(column!)], badRecords), column!, split);
    }
}
