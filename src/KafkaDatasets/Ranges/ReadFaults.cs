using System.Collections.Concurrent;
using KafkaDatasets.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Ranges;

/// <summary>The read errors that every engine can encounter, with the same messages and counts.</summary>
/// <param name="topic">The topic.</param>
/// <param name="onDataLoss">What to do with lost offsets.</param>
/// <param name="logger">Where skipped offsets are logged.</param>
internal sealed class ReadFaults(string topic, DataLossPolicy onDataLoss, ILogger logger)
{
    /// <summary>How long brokers may report that the topic does not exist before it counts as deleted.</summary>
    public static readonly TimeSpan DeletionGrace = TimeSpan.FromSeconds(3);

    private const string Remedy = $"Set {nameof(KafkaDatasetOptions.OnDataLoss)} to {nameof(DataLossPolicy)}.{nameof(DataLossPolicy.Skip)} to read what is left.";

    private readonly ConcurrentDictionary<int, (long Gaps, long Offsets)> _lost = [];

    public string Topic => topic;

    /// <summary>Skips lost offsets if the policy allows it; they are counted and logged: of each partition the first, second, fourth, eighth … gap, since a shuffled pass meets one loss in hundreds of pieces.</summary>
    /// <returns>Whether they were skipped.</returns>
    public bool TrySkipLost(int partition, long from, long to)
    {
        if (onDataLoss != DataLossPolicy.Skip)
        {
            return false;
        }

        (long gaps, long offsets) = _lost.AddOrUpdate(partition, (1, to - from), (_, lost) => (lost.Gaps + 1, lost.Offsets + to - from));
        if (long.IsPow2(gaps))
        {
            Log.OffsetsLost(logger, topic, partition, from, to, offsets);
        }

        Instruments.OffsetsLost.Add(to - from, Instruments.TagsOf(topic, Instruments.Receive));
        return true;
    }

    /// <summary>The start of a range is no longer in the log.</summary>
    public DataLossException RangeGone(PartitionRange range, long position, long logStart) =>
        Loss(range.Partition, position, FormattableString.Invariant($"Offsets {position} to {Math.Min(logStart, range.End)} of topic '{topic}', partition {range.Partition}, are no longer in the log: it starts at offset {logStart} (retention or DeleteRecords). {Remedy}"));

    /// <summary>The log now ends before a position that it used to contain.</summary>
    public DataLossException LogCutOff(PartitionRange range, long position) =>
        Loss(range.Partition, position, FormattableString.Invariant($"Offset {position} of topic '{topic}', partition {range.Partition}, is beyond the end of the log, which was truncated after the range {range} was resolved. Resolve the range again."));

    /// <summary>The log was truncated below a position that has already been read.</summary>
    public DataLossException Truncated(PartitionRange range, long position, long divergedAt) =>
        Loss(range.Partition, position, FormattableString.Invariant($"The log of topic '{topic}', partition {range.Partition}, was truncated at offset {divergedAt} by an unclean leader election, after it had been read up to offset {position}. {Remedy}"));

    /// <summary>The topic was recreated: its id has changed.</summary>
    public static DataLossException Recreated(string topic, Guid was, Guid now) =>
        new($"Topic '{topic}' was deleted and recreated: its id is {now}, not {was} as in the snapshot, and the snapshot's rows are gone. Resolve the range again to read the new topic.") { Topic = topic };

    /// <summary>The topic no longer exists.</summary>
    public static DataLossException Deleted(string topic, Exception? cause = null) =>
        new($"Topic '{topic}' no longer exists: it was deleted, and the snapshot's rows are gone.", cause) { Topic = topic };

    /// <summary>A record batch cannot be read.</summary>
    public RecordBatchException Corrupt(int partition, long offset, string reason, Exception cause) =>
        new(FormattableString.Invariant($"The record batch at offset {offset} of topic '{topic}', partition {partition}, cannot be read: {Clause(reason)}."), cause)
        {
            Topic = topic,
            Partition = partition,
            Offset = offset,
        };

    /// <summary>A partition has made no progress for too long.</summary>
    public BrokerException Stuck(int partition, long position, TimeSpan timeout, string reason, int? errorCode, Exception? cause) =>
        new(FormattableString.Invariant($"Topic '{topic}', partition {partition}, could not be read past offset {position} for {timeout.TotalSeconds:0.#} s ({nameof(KafkaDatasetOptions.Timeout)}): {Clause(reason)}."), cause)
        {
            Topic = topic,
            Partition = partition,
            Offset = position,
            ErrorCode = errorCode,
        };

    /// <summary>The brokers deny access.</summary>
    public static BrokerException AccessDenied(string topic, string reason, int? errorCode, Exception? cause = null) =>
        new($"The brokers do not allow reading topic '{topic}': {Clause(reason)}. The user needs the rights to describe and read it.", cause)
        {
            Topic = topic,
            IsAccessDenied = true,
            ErrorCode = errorCode,
        };

    /// <summary>Adds the position of a partition to an error of the whole pass, for that partition's reader.</summary>
    public Exception At(PartitionRange range, long position, Exception fault)
    {
        string where = FormattableString.Invariant($"Partition {range.Partition} of topic '{topic}' was read up to offset {position} of {range}.");
        return fault switch
        {
            DataLossException { Partition: null } => new DataLossException($"{fault.Message} {where}", fault)
            {
                Topic = topic,
                Partition = range.Partition,
                Offset = position,
            },
            BrokerException { Partition: null } broker => new BrokerException($"{fault.Message} {where}", fault)
            {
                Topic = topic,
                Partition = range.Partition,
                Offset = position,
                IsAccessDenied = broker.IsAccessDenied,
                ErrorCode = broker.ErrorCode,
            },
            _ => fault,
        };
    }

    /// <summary>Another message as a clause, without its final full stop.</summary>
    private static string Clause(string text) => text.TrimEnd('.', ' ');

    private DataLossException Loss(int partition, long offset, string message) => new(message)
    {
        Topic = topic,
        Partition = partition,
        Offset = offset,
    };
}
