using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Diagnostics;

/// <summary>All log messages of the library; docs/diagnostics.md lists them.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Opened {Snapshot}: {Offsets} offsets in {Partitions} partitions, {Columns} columns, by the {Engine} engine")]
    public static partial void Opened(ILogger logger, DatasetSnapshot snapshot, long offsets, int partitions, int columns, string engine);

    [LoggerMessage(2, LogLevel.Warning, "Skipped record number {Skipped}, number {OfKind} of its kind: {Reason}")]
    public static partial void RecordSkipped(ILogger logger, long skipped, long ofKind, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Lost offsets {From} to {To} of topic {Topic}, partition {Partition}, which are no longer in the log or are corrupt; going on at {To}. The partition has lost {Lost} so far")]
    public static partial void OffsetsLost(ILogger logger, string topic, int partition, long from, long to, long lost);

    [LoggerMessage(4, LogLevel.Debug, "Pass over {Topic} ended after {Rows} rows in {Elapsed}")]
    public static partial void PassEnded(ILogger logger, string topic, long rows, TimeSpan elapsed);

    [LoggerMessage(5, LogLevel.Warning, "Client: {Reason}")]
    public static partial void ClientError(ILogger logger, string reason);

    [LoggerMessage(6, LogLevel.Information, "The direct fetch engine is not used: {Reason}")]
    public static partial void EngineFallback(ILogger logger, string reason);

    [LoggerMessage(7, LogLevel.Warning, "No broker of {BootstrapServers} has responded for {Elapsed}: {Reason}. Check the address, the port and security.protocol")]
    public static partial void NoResponseYet(ILogger logger, string bootstrapServers, TimeSpan elapsed, string reason);

    [LoggerMessage(13, LogLevel.Warning, "Topic {Topic} is not cached: its brokers give topics no ids, by which the cache knows them; Kafka 2.8 or newer does")]
    public static partial void CacheNeedsTopicId(ILogger logger, string topic);

    [LoggerMessage(14, LogLevel.Warning, "The cache {Directory} cannot be written to{Reason}: what is fetched is not kept")]
    public static partial void CacheNotWritten(ILogger logger, string directory, string reason);

    [LoggerMessage(15, LogLevel.Information, "The cache file {Path} is damaged or gone; what it held is fetched again")]
    public static partial void CacheFileDropped(ILogger logger, string path);

    [LoggerMessage(12, LogLevel.Warning, "These columns had no value in any of the {Rows} rows of topic {Topic}: {Columns}; check their names, which are case-sensitive")]
    public static partial void ColumnsMissing(ILogger logger, string topic, long rows, string columns);

    [LoggerMessage(31, LogLevel.Warning, "The rows of topic {Topic} are so large that a window of a shuffled pass does not fit into PrefetchBytes = {PrefetchBytes}: windows are read several times, which takes time. PrefetchBytes = {Enough} is about enough to read them once")]
    public static partial void WindowDivided(ILogger logger, string topic, long prefetchBytes, long enough);

    [LoggerMessage(30, LogLevel.Warning, "The schema of {Writer}, of topic {Topic}, has its numeric fields in another order ({Written}) than the dataset's schema ({Dataset}): features are in the dataset's order. Name them in KafkaDatasetOptions.Features, so that a model gets them in the order that it was trained with")]
    public static partial void FieldOrderDiffers(ILogger logger, string topic, string writer, string written, string dataset);

    [LoggerMessage(20, LogLevel.Information, "Created topic {Topic} with {Partitions} partitions")]
    public static partial void TopicCreated(ILogger logger, string topic, int partitions);

    [LoggerMessage(21, LogLevel.Warning, "Topic {Topic} exists with {Partitions} partitions, not {Wanted}; it is used as it is")]
    public static partial void TopicDiffers(ILogger logger, string topic, int partitions, int wanted);

    [LoggerMessage(22, LogLevel.Information, "Wrote {Rows} rows, {Bytes} bytes, to topic {Topic}")]
    public static partial void Written(ILogger logger, string topic, long rows, long bytes);

    [LoggerMessage(23, LogLevel.Error, "A row was refused by topic {Topic}, partition {Partition}: {Reason}")]
    public static partial void RowRefused(ILogger logger, string topic, int partition, string reason);

    [LoggerMessage(25, LogLevel.Warning, "A writer of topic {Topic} was dropped without being disposed, with {Rows} rows not acknowledged: they may be lost if the process ends. Dispose writers, or flush them")]
    public static partial void WriterDropped(ILogger logger, string topic, long rows);

    [LoggerMessage(26, LogLevel.Error, "Rows of a writer that was dropped without being disposed are lost. {Reason}")]
    public static partial void DroppedRowsLost(ILogger logger, string reason);

    [LoggerMessage(27, LogLevel.Warning, "Partitions {Partitions} of topic {Topic} have no leader: rows without a key go to the other partitions")]
    public static partial void PartitionsWithoutLeader(ILogger logger, string topic, string partitions);

    [LoggerMessage(28, LogLevel.Warning, "Topic {Topic} exists with cleanup.policy {Policy} and retention.ms {Retention}, not with cleanup.policy {Wanted}: its records are not kept as they should be. Set cleanup.policy of the topic")]
    public static partial void TopicPolicyDiffers(ILogger logger, string topic, string policy, string retention, string wanted);

    [LoggerMessage(EventId = 24, Message = "{Client}: {Text}")]
    public static partial void Client(ILogger logger, LogLevel level, string client, string text);

    [LoggerMessage(10, LogLevel.Debug, "Topic {Topic}, partition {Partition}, at offset {Offset}: {Reason}; trying again")]
    public static partial void FetchRetried(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(11, LogLevel.Warning, "The log of topic {Topic}, partition {Partition}, was truncated at offset {At}; it has been read up to offset {Offset}")]
    public static partial void LogTruncated(ILogger logger, string topic, int partition, long at, long offset);

    [LoggerMessage(60, LogLevel.Information, "Learner {Learner} of topic {Topic} continues from checkpoint {Number}, after {Rows} rows")]
    public static partial void LearnerRestored(ILogger logger, string learner, string topic, long number, long rows);

    [LoggerMessage(61, LogLevel.Debug, "Checkpoint {Number} of learner {Learner}, after {Rows} rows: {Location}")]
    public static partial void CheckpointWritten(ILogger logger, long number, string learner, long rows, string location);

    [LoggerMessage(62, LogLevel.Warning, "A checkpoint is damaged and is not used: {Reason}")]
    public static partial void CheckpointDamaged(ILogger logger, string reason);

    [LoggerMessage(63, LogLevel.Warning, "Detector {Detector} found a change after {Rows} rows of topic {Topic}, at partition {Partition}, offset {Offset}")]
    public static partial void DriftDetected(ILogger logger, string detector, long rows, string topic, int partition, long offset);

    [LoggerMessage(64, LogLevel.Warning, "The journal in {Location} is missing or damaged before its end at checkpoint {Number}: learning goes on, but OnlineTrainer.ReplayAsync cannot learn the model again from it. Restore the journal from a backup, or begin with an empty place for checkpoints")]
    public static partial void JournalIncomplete(ILogger logger, string location, long number);

    [LoggerMessage(70, LogLevel.Information, "Model {Version} scores topic {Topic}")]
    public static partial void ModelUsed(ILogger logger, string version, string topic);

    [LoggerMessage(71, LogLevel.Warning, "A newer model is not used: {Reason}")]
    public static partial void ModelRefused(ILogger logger, string reason);

    [LoggerMessage(72, LogLevel.Warning, "What was scored of topic {Topic} since the last commit is scored again: {Reason}")]
    public static partial void TransactionAborted(ILogger logger, string topic, string reason);

    [LoggerMessage(73, LogLevel.Information, "Topic {Topic} has {Outputs} partitions and the input {Inputs}: scores go to partitions by key")]
    public static partial void ScoresByKey(ILogger logger, string topic, int outputs, int inputs);

    [LoggerMessage(41, LogLevel.Information, "Offsets of topic {Topic} are part of a transaction that has not ended; waiting until it ends or the brokers abort it")]
    public static partial void OffsetsInTransaction(ILogger logger, string topic);

    [LoggerMessage(40, LogLevel.Information, "Topic {Topic}, group {Group}: {Change} partitions {Partitions}")]
    public static partial void PartitionsChanged(ILogger logger, string topic, string group, string change, string partitions);

    [LoggerMessage(80, LogLevel.Warning, "Columns of the latest {Rows} rows of topic {Topic} have drifted: {Columns}")]
    public static partial void ColumnsDrifted(ILogger logger, string topic, long rows, string columns);

    [LoggerMessage(81, LogLevel.Warning, "More than {Rows} rows of topics {Scores} and {Labels} wait for their label or score: the oldest are counted as they are. Raise MonitorOptions.MaxWaitingRows, or shorten Grace")]
    public static partial void TooManyWaiting(ILogger logger, string scores, string labels, int rows);

    [LoggerMessage(82, LogLevel.Warning, "Records of topic {Topic} have scores of another number than there are classes, and are not used: name the classes in the order of the scores with MonitorOptions.ScoreClasses")]
    public static partial void ScoresOfOtherNumber(ILogger logger, string topic);

    [LoggerMessage(83, LogLevel.Warning, "Of the {Rows} labelled rows of topic {Topic} since {Since}, those to train from or those to compare on have only one label: no model is trained until there are more rows")]
    public static partial void RowsOfOneLabel(ILogger logger, string topic, long rows, DateTimeOffset since);

    [LoggerMessage(84, LogLevel.Warning, "Topic {Topic} has numbers in column '{Column}' that are not from 0 to 1; these scores are not used. Set MonitorOptions.Probability to the column that holds the probability. If there is none, set it to a name that no column has, so that MonitorOptions.Score is used")]
    public static partial void ProbabilitiesOutOfRange(ILogger logger, string topic, string column);

    [LoggerMessage(85, LogLevel.Warning, "Scores of topic {Topic} arrive later, by event time, than the grace period of {Grace} allows, and are not used: rows up to {Milliseconds} ms since 1970 have been counted. If that time is in the future, earlier records have wrong timestamps; otherwise raise MonitorOptions.Grace, or MaxWaitingRows if more rows than that were waiting")]
    public static partial void ScoresLate(ILogger logger, string topic, TimeSpan grace, long milliseconds);

    [LoggerMessage(86, LogLevel.Warning, "There are no figures: none of the {Scores} scores of topic {Topic} was joined with one of the {Labels} records of topic {LabelsTopic}. {Unusable} scores have no prediction, or none of what MonitorOptions.JoinBy joins by, {Unmatched} found no label within the grace period of {Grace}, and {Late} came too late; of the labels, {UnusableLabels} have no label, or nothing to join by. Check JoinBy, the columns that are declared, and Grace")]
    public static partial void NothingJoined(ILogger logger, long scores, string topic, long labels, string labelsTopic, long unusable, long unmatched, TimeSpan grace, long late, long unusableLabels);

    [LoggerMessage(87, LogLevel.Warning, "Scores of topic {Topic} are of input topic '{Input}', and labels of topic {LabelsTopic} of input topic '{LabelsInput}': these scores are not used. Set MonitorOptions.LabelsTopic to the labels of that input, or JoinBy to a key or a column that both topics have")]
    public static partial void ScoresOfOtherTopic(ILogger logger, string topic, string input, string labelsTopic, string labelsInput);
}
