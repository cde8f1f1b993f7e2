using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace KafkaDatasets.Diagnostics;

/// <summary>
/// The library's meter and activity source, both named <c>KafkaDatasets</c>. Names follow OpenTelemetry's semantic conventions for messaging; names that these do not define begin with
/// <c>kafkadatasets.</c>; docs/diagnostics.md lists all of them.
/// </summary>
internal static class Instruments
{
    public const string Name = "KafkaDatasets";

    public const string Receive = "receive";
    public const string Send = "send";
    public const string Process = "process";
    public const string Topic = "messaging.destination.name";
    public const string Operation = "messaging.operation.name";
    public const string OperationType = "messaging.operation.type";
    public const string MessageCount = "messaging.batch.message_count";
    public const string ErrorType = "error.type";
    public const string Outcome = "kafkadatasets.commit.outcome";
    public const string ModelVersion = "kafkadatasets.model.version";
    public const string PassEnd = "kafkadatasets.pass.end";

    public static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> RowsRead = Meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Records given as rows to batches and cursors.");

    public static readonly Counter<long> RowsWritten = Meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Rows that the brokers have acknowledged.");

    public static readonly Counter<long> BytesFetched = Meter.CreateCounter<long>("kafkadatasets.bytes.fetched", "By", "Bytes of records fetched, decompressed.");

    public static readonly Counter<long> RecordsSkipped = Meter.CreateCounter<long>("kafkadatasets.records.skipped", "{record}", "Records skipped because they could not be decoded.");

    public static readonly Counter<long> OffsetsLost = Meter.CreateCounter<long>("kafkadatasets.offsets.lost", "{offset}", "Offsets of the range that were skipped because they are no longer in the log or are corrupt.");

    public static readonly Counter<long> RowsLearned = Meter.CreateCounter<long>("kafkadatasets.rows.learned", "{row}", "Rows that online learners have learned.");

    public static readonly Counter<long> RowsScored = Meter.CreateCounter<long>("kafkadatasets.rows.scored", "{row}", "Rows whose scores are committed.");

    public static readonly Counter<long> ScoringCommits = Meter.CreateCounter<long>("kafkadatasets.scoring.commits", "{commit}", "Transactions, or commits of offsets, of scorers.");

    public static readonly Gauge<double> ModelAge = Meter.CreateGauge<double>("kafkadatasets.model.age", "s", "The age of the model that scores, at the last commit.");

    public static readonly Histogram<double> PassDuration = Meter.CreateHistogram(
        "kafkadatasets.pass.duration",
        "s",
        "How long passes took, from their start to their end.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600] });

    /// <summary>The tags of measurements and activities of a topic.</summary>
    public static KeyValuePair<string, object?>[] TagsOf(string topic, string operation) => [new(Topic, topic), new("messaging.system", "kafka"), new(Operation, operation)];

    /// <summary>Starts an activity in a new trace instead of as a child of the caller's current activity, because the caller may do other work at the same time.</summary>
    public static Activity? Start(string topic, string operation, ActivityKind kind)
    {
        Activity? callers = Activity.Current;
        Activity? activity = Activities.StartActivity(operation, kind, parentContext: default, tags: [.. TagsOf(topic, operation), new(OperationType, operation)]);
        activity?.DisplayName = $"{operation} {topic}";
        Activity.Current = callers;
        return activity;
    }

    /// <summary>Ends an activity, and tags it with the number of rows.</summary>
    public static void End(Activity? activity, long rows)
    {
        Activity? callers = Activity.Current;
        activity?.SetTag(MessageCount, rows);
        activity?.Dispose();
        Activity.Current = callers;
    }

    /// <summary>Marks an activity as failed.</summary>
    public static void Fail(Activity? activity, Exception exception) =>
        activity?.SetStatus(ActivityStatusCode.Error, exception.Message).SetTag(ErrorType, exception.GetType().FullName);
}
