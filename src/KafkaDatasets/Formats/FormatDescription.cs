using System.Diagnostics;

namespace KafkaDatasets.Formats;

/// <summary>Describes how a <see cref="RecordFormat"/> was created, so that it can be saved to a file and recreated.</summary>
internal sealed record FormatDescription
{
    /// <summary>The factory that created it.</summary>
    public required FormatKind Kind { get; init; }

    /// <summary>The Avro schema or JSON Schema.</summary>
    public string? Schema { get; init; }

    /// <summary>The subject in the registry, or null for the topic's.</summary>
    public string? Subject { get; init; }

    /// <summary>The version of the subject, or null for the newest.</summary>
    public int? Version { get; init; }

    /// <summary>The full name of the Protobuf message.</summary>
    public string? Message { get; init; }

    /// <summary>The Protobuf files, as a <c>FileDescriptorSet</c>.</summary>
    public byte[]? Files { get; init; }

    /// <summary>The declared columns.</summary>
    public IReadOnlyList<DatasetColumn>? Columns { get; init; }

    /// <summary>The column that holds the record's key.</summary>
    public DatasetColumn? Key { get; init; }

    /// <summary>The texts that mean missing, in addition to empty text.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>The byte order of numbers.</summary>
    public ByteOrder ByteOrder { get; init; }

    /// <summary>The name of the framing of values, or null when there is none.</summary>
    public string? Framing { get; init; }

    public RecordFormat Create() => Framing is null ? CreateBare() : CreateBare().FramedBy(RecordFraming.Of(Framing));

    private RecordFormat CreateBare() => Kind switch
    {
        FormatKind.Registry => Subject is null ? RecordFormat.Registry : RecordFormat.RegistrySubject(Subject, Version, Message),
        FormatKind.Avro => RecordFormat.Avro(Schema!),
        FormatKind.Json => RecordFormat.Json(Schema!),
        FormatKind.JsonColumns => RecordFormat.Json(Columns!),
        FormatKind.Csv => RecordFormat.Csv(Columns!, Key, Missing),
        FormatKind.Float32 when Columns is [{ IsVector: true } vector] => RecordFormat.Float32(vector.Size, vector.Name, ByteOrder),
        FormatKind.Float32 => RecordFormat.Float32([.. Columns!.Select(c => c.Name)], ByteOrder),
        FormatKind.Float64 when Columns is [{ IsVector: true } vector] => RecordFormat.Float64(vector.Size, vector.Name, ByteOrder),
        FormatKind.Float64 => RecordFormat.Float64([.. Columns!.Select(c => c.Name)], ByteOrder),
        FormatKind.Protobuf => RecordFormat.Protobuf(Files!, Message!),
        _ => throw new UnreachableException(),
    };
}
