using Google.Protobuf.Reflection;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>A field of a Protobuf message that is a column or contains columns, or the outermost message.</summary>
/// <param name="Path">The column's name: the names from the outermost message, separated by dots.</param>
/// <param name="Kind">The kind of field.</param>
/// <param name="Descriptor">The field's descriptor, or null for the outermost message.</param>
internal sealed record ProtobufField(string Path, ProtobufKind Kind, FieldDescriptor? Descriptor)
{
    /// <summary>The type of its value, when it is a single value.</summary>
    public ColumnType Type { get; init; }

    /// <summary>Message, and kinds that are messages on the wire: the fields within it.</summary>
    public IReadOnlyList<ProtobufField> Members { get; init; } = [];

    /// <summary>Enum: the names of its values; for each number, the first.</summary>
    public IReadOnlyList<string>? Symbols { get; init; }

    /// <summary>The map key whose value this message holds, or null.</summary>
    public string? Key { get; init; }

    public bool IsRepeated => Descriptor is { IsRepeated: true, IsMap: false };

    public bool IsRequired => Descriptor is { IsRequired: true };

    /// <summary>Whether it is a single value, not a message with fields.</summary>
    public bool IsValue => Kind is ProtobufKind.Scalar or ProtobufKind.Timestamp or ProtobufKind.Duration;

    /// <summary>Whether an absent value is missing; otherwise it has its default, as the value of a map's key always does.</summary>
    public bool CanBeMissing => Descriptor is { HasPresence: true, IsRequired: false } descriptor && descriptor.ContainingType?.GetOptions() is not { MapEntry: true } && !descriptor.ToProto().HasDefaultValue;
}
