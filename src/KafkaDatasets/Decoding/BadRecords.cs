using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Decoding;

/// <summary>Handles records that cannot be decoded: throws an exception that locates the record, or counts and logs it.</summary>
internal sealed class BadRecords(string topic, BadRecordPolicy policy, ILogger logger)
{
    /// <summary>The most kinds of problem that are counted separately; all further kinds are counted as one.</summary>
    private const int MostKinds = 256;

    private readonly ConcurrentDictionary<(string Cause, string? Field), StrongBox<long>> _kinds = new();
    private long _skipped;

    /// <summary>Receives each record that is skipped; null if nobody wants them.</summary>
    public Action<RecordChunk, int, RecordDecodingException>? Rejected { get; set; }

    /// <summary>The number of records skipped.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>Throws, or skips the record.</summary>
    /// <returns>The exception that describes the problem.</returns>
    /// <exception cref="RecordDecodingException">The policy is <see cref="BadRecordPolicy.Throw"/>, or the value is valid but does not fit its target.</exception>
    public RecordDecodingException Handle(RecordChunk chunk, int index, PartPlans part, MalformedValueException cause, string? field, WriterSchemaId? writer) =>
        Handle(chunk, index, part.Part, cause, cause.Place, writer, field is "" ? null : field, Reason(chunk, index, part, cause, cause is AbsentValueException ? part.RemedyOfNewField(writer, field) : null));

    /// <inheritdoc cref="Handle(RecordChunk, int, PartPlans, MalformedValueException, string?, WriterSchemaId?)"/>
    public RecordDecodingException Handle(RecordChunk chunk, int index, PartPlans part, SchemaException cause, WriterSchemaId writer) =>
        Handle(chunk, index, part.Part, cause, $"schema {cause.ErrorCode}", writer, cause.Field, $"{cause.Message} {Hint(chunk, index, part)}{Remedy}".TrimEnd());

    /// <summary>The exception for a pass in which every record was skipped.</summary>
    public RecordDecodingException NothingDecoded(RecordDecodingException first, long skipped) => new(
        string.Create(CultureInfo.InvariantCulture, $"None of the {skipped} records of topic '{topic}' that were read can be decoded, which {nameof(BadRecordPolicy)}.{nameof(BadRecordPolicy.Skip)} is not meant for. The first one: {first.Message}"), first)
    {
        Topic = first.Topic,
        Partition = first.Partition,
        Offset = first.Offset,
        SchemaId = first.SchemaId,
        Field = first.Field,
    };

    private string Reason(RecordChunk chunk, int index, PartPlans part, MalformedValueException cause, string? remedy) =>
        cause is UnfitValueException ? cause.Message : $"{Sentence.Of(cause.Message)} {(remedy is null ? "" : $"{remedy} ")}{Hint(chunk, index, part)}{Remedy}".TrimEnd();

    /// <summary>Adds the affected record to a registry failure, which no policy skips.</summary>
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
            HttpStatus = cause.HttpStatus,
            IsRegistryFault = true,
        };
    }

    private static string Subject(DataPart part) => part == DataPart.Key ? "The key of the record" : "The record";

    /// <summary>Describes what the bytes look like when they differ from what was expected.</summary>
    private static string? Hint(RecordChunk chunk, int index, PartPlans part)
    {
        ref readonly RecordEntry entry = ref chunk.Entries[index];
        ReadOnlySpan<byte> bytes = part.Part == DataPart.Key ? chunk.Key(entry) : chunk.Value(entry);
        string? frame = part.Fixed?.LooksPlain(bytes) == true ? null : Frames.Hint(part.Part, bytes, part.Framing);
        return (frame ?? ValueGuess.Describe(part.Part, bytes, part.FormatName, part.Framing)) is { } hint ? $"{hint} " : null;
    }

    /// <summary>The advice to skip such records, or nothing when they are skipped already.</summary>
    private string Remedy => policy == BadRecordPolicy.Skip ? "" : $"Set {nameof(KafkaDatasetOptions.OnBadRecord)} to {nameof(BadRecordPolicy)}.{nameof(BadRecordPolicy.Skip)} to leave such records out.";

    private RecordDecodingException Handle(RecordChunk chunk, int index, DataPart part, Exception cause, string kind, WriterSchemaId? writer, string? field, string reason)
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
        Count(exception, kind);
        Rejected?.Invoke(chunk, index, exception);
        return exception;
    }

    private void Count(RecordDecodingException exception, string kind)
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
