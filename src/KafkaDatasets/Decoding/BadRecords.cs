using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Decoding;

/// <summary>What happens with records that cannot be decoded: an exception that says where, or a count and a line in the log.</summary>
internal sealed class BadRecords(string topic, BadRecordPolicy policy, ILogger logger)
{
    private long _skipped;

    /// <summary>How many records have been left out.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    public void Handle(RecordChunk chunk, int index, MalformedValueException cause, string? field, WriterId? writer) =>
        Handle(chunk, index, cause, writer, field is "" ? null : field, cause is UnfitValueException ? cause.Message : $"{cause.Message}. {Remedy}");

    public void Handle(RecordChunk chunk, int index, SchemaException cause, WriterId writer) =>
        Handle(chunk, index, cause, writer, cause.Field, cause.Message);

    private static string Remedy => $"Set {nameof(KafkaDatasetOptions.OnBadRecord)} to {nameof(BadRecordPolicy)}.{nameof(BadRecordPolicy.Skip)} to leave such records out.";

    private void Handle(RecordChunk chunk, int index, Exception cause, WriterId? writer, string? field, string reason)
    {
        long offset = chunk.Entries[index].Offset;
        string schema = writer is { } w ? $", {w}" : "";
        string where = field is null ? "" : $", field '{field}'";
        Handle(new RecordDecodingException($"The record at topic '{topic}', partition {chunk.Partition}, offset {offset} cannot be decoded{schema}{where}: {reason}", cause)
        {
            Topic = topic,
            Partition = chunk.Partition,
            Offset = offset,
            SchemaId = writer is { Guid: null } id ? id.Id : null,
            Field = field,
        });
    }

    private void Handle(RecordDecodingException exception)
    {
        if (policy == BadRecordPolicy.Throw || exception.InnerException is UnfitValueException)
        {
            throw exception;
        }

        long skipped = Interlocked.Increment(ref _skipped);
        Instruments.RecordsSkipped.Add(1, new KeyValuePair<string, object?>("topic", topic));
        if (long.IsPow2(skipped))
        {
            Log.RecordSkipped(logger, skipped, exception.Message);
        }
    }
}
