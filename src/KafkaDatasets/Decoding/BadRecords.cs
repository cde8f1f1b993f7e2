using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Decoding;

/// <summary>What happens with records that cannot be decoded: an exception that says where, or a count and a line in the log.</summary>
internal sealed class BadRecords(string topic, BadRecordPolicy policy, ILogger logger)
{
    /// <summary>More kinds than these are counted as one.</summary>
    private const int MostKinds = 256;

    private readonly ConcurrentDictionary<(string Cause, string? Field), StrongBox<long>> _kinds = new();
    private long _skipped;

    /// <summary>How many records have been left out.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    public void Handle(RecordChunk chunk, int index, PartPlans part, MalformedValueException cause, string? field, WriterSchemaId? writer) =>
        Handle(chunk, index, part.Part, cause, cause.Place, writer, field is "" ? null : field, cause is UnfitValueException ? cause.Message : $"{cause.Message.TrimEnd('.')}. {Hint(chunk, index, part)}{Remedy}");

    public void Handle(RecordChunk chunk, int index, PartPlans part, SchemaException cause, WriterSchemaId writer) =>
        Handle(chunk, index, part.Part, cause, $"schema {cause.ErrorCode}", writer, cause.Field, $"{cause.Message} {Hint(chunk, index, part)}".TrimEnd());

    /// <summary>A failure of the registry, with the record that could not be read for it: no policy passes over that.</summary>
    public SchemaException Locate(RecordChunk chunk, int index, DataPart part, SchemaException cause, WriterSchemaId writer)
    {
        long offset = chunk.Entries[index].Offset;
        return new SchemaException($"{Subject(part)} at topic '{topic}', partition {chunk.Partition}, offset {offset} cannot be decoded, {writer}: {cause.Message}", cause)
        {
            Topic = topic,
            Partition = chunk.Partition,
            Offset = offset,
            SchemaId = writer.Int32,
            ErrorCode = cause.ErrorCode,
            IsRegistryFault = true,
        };
    }

    private static string Subject(DataPart part) => part == DataPart.Key ? "The key of the record" : "The record";

    /// <summary>How the bytes should have been read, where their frame shows it.</summary>
    private static string? Hint(RecordChunk chunk, int index, PartPlans part)
    {
        ref readonly RecordEntry entry = ref chunk.Entries[index];
        return Frames.Hint(part.Part, part.Part == DataPart.Key ? chunk.Key(entry) : chunk.Value(entry), part.Framing) is { } hint ? $"{hint} " : null;
    }

    private static string Remedy => $"Set {nameof(KafkaDatasetOptions.OnBadRecord)} to {nameof(BadRecordPolicy)}.{nameof(BadRecordPolicy.Skip)} to leave such records out.";

    private void Handle(RecordChunk chunk, int index, DataPart part, Exception cause, string kind, WriterSchemaId? writer, string? field, string reason)
    {
        long offset = chunk.Entries[index].Offset;
        string schema = writer is { } w ? $", {w}" : "";
        string where = field is null ? "" : $", field '{field}'";
        var exception = new RecordDecodingException($"{Subject(part)} at topic '{topic}', partition {chunk.Partition}, offset {offset} cannot be decoded{schema}{where}: {reason}", cause)
        {
            Topic = topic,
            Partition = chunk.Partition,
            Offset = offset,
            SchemaId = writer?.Int32,
            Field = field,
        };
        Handle(exception, kind);
    }

    private void Handle(RecordDecodingException exception, string kind)
    {
        if (policy == BadRecordPolicy.Throw || exception.InnerException is UnfitValueException)
        {
            throw exception;
        }

        long skipped = Interlocked.Increment(ref _skipped);
        Instruments.RecordsSkipped.Add(1, Instruments.TagsOf(topic, Instruments.Receive));
        (string, string?) key = _kinds.Count < MostKinds ? (kind, exception.Field) : ("others", null);
        long ofKind = Interlocked.Increment(ref _kinds.GetOrAdd(key, static _ => new StrongBox<long>()).Value);
        if (long.IsPow2(ofKind))
        {
            Log.RecordSkipped(logger, skipped, ofKind, exception.Message);
        }
    }
}
