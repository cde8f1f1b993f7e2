using Google.Protobuf.Reflection;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>A field of a Protobuf message that is a column or holds some, or the outermost message.</summary>
/// <param name="Path">The column's name: the names from the outermost message on, with dots.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Descriptor">The field; null for the outermost message.</param>
internal sealed record ProtobufField(string Path, ProtobufKind Kind, FieldDescriptor? Descriptor)
{
    /// <summary>The type of its value, where it is one.</summary>
    public ColumnType Type { get; init; }

    /// <summary>Message, and those that are messages on the wire: the fields in it.</summary>
    public IReadOnlyList<ProtobufField> Members { get; init; } = [];

    /// <summary>Enum: the names of its values, the first of each number.</summary>
    public IReadOnlyList<string>? Symbols { get; init; }

    /// <summary>The key of a map that it is the message of, else null.</summary>
    public string? Key { get; init; }

    public bool IsRepeated => Descriptor is { IsRepeated: true, IsMap: false };

    public bool IsRequired => Descriptor is { IsRequired: true };

    /// <summary>Whether it is one value, not a message with others in it.</summary>
    public bool IsValue => Kind is ProtobufKind.Scalar or ProtobufKind.Timestamp or ProtobufKind.Duration;

    /// <summary>Whether a value that is not there is missing; else it has its default, as the value of a map's key always has.</summary>
    public bool CanBeMissing => Descriptor is { HasPresence: true, IsRequired: false } descriptor && descriptor.ContainingType?.GetOptions() is not { MapEntry: true } && (!descriptor.ToProto().HasDefaultValue || descriptor.FieldType == FieldType.Bytes);
}
