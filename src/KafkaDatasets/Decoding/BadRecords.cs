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

    public void Handle(RecordChunk chunk, int index, MalformedValueException cause, string? field, int? schemaId)
    {
        long offset = chunk.Entries[index].Offset;
        string where = field is null or "" ? "" : $", field '{field}'";
        string schema = schemaId is { } id ? $", schema id {id}" : "";
        Handle(new RecordDecodingException($"The record at topic '{topic}', partition {chunk.Partition}, offset {offset} cannot be decoded{schema}{where}: {cause.Message}. {Remedy}", cause)
        {
            Topic = topic,
            Partition = chunk.Partition,
            Offset = offset,
            SchemaId = schemaId,
            Field = field is "" ? null : field,
        });
    }

    public void Handle(RecordChunk chunk, int index, SchemaException cause, int schemaId)
    {
        long offset = chunk.Entries[index].Offset;
        Handle(new RecordDecodingException($"The record at topic '{topic}', partition {chunk.Partition}, offset {offset} cannot be decoded, schema id {schemaId}: {cause.Message}", cause)
        {
            Topic = topic,
            Partition = chunk.Partition,
            Offset = offset,
            SchemaId = schemaId,
            Field = cause.Field,
        });
    }

    private static string Remedy => $"Set {nameof(KafkaDatasetOptions.OnBadRecord)} to {nameof(BadRecordPolicy)}.{nameof(BadRecordPolicy.Skip)} to leave such records out.";

    private void Handle(RecordDecodingException exception)
    {
        if (policy == BadRecordPolicy.Throw)
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
