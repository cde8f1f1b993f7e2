using Google.Protobuf.Reflection;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>The processing of one message field, whose position in a value is recorded in its own slot, so that the last of several values is used.</summary>
/// <param name="Field">The field.</param>
/// <param name="Targets">The columns it is stored in.</param>
/// <param name="Slot">Its slot, in which a repeated field counts its values from −1; the slots of the fields within it follow.</param>
internal sealed record ProtobufStep(ProtobufField Field, ColumnTarget[] Targets, int Slot)
{
    /// <summary>The slot after those of the fields within it.</summary>
    public int EndSlot { get; init; } = Slot + 1;

    /// <summary>The fields within it, in field-number order.</summary>
    public ProtobufStep[] Members { get; init; } = [];

    /// <summary>Map: the index in <see cref="Members"/> of each key.</summary>
    public NameTable Keys { get; init; } = NameTable.Empty;

    /// <summary>The fields that it replaces: those of the same <c>oneof</c>.</summary>
    public ProtobufStep[] Rivals { get; set; } = [];

    /// <summary>Whether it is within a repeated message.</summary>
    public bool IsInList { get; init; }

    /// <summary>The list columns of repeated fields that it is or contains: they are started with the row.</summary>
    public ColumnTarget[] Vectors { get; init; } = [];

    /// <summary>For a repeated field in a repeated message: the targets of the number of its values.</summary>
    public ColumnTarget[] Counts { get; init; } = [];

    /// <summary>For bytes in a list: the targets of their length.</summary>
    public ColumnTarget[] Lengths { get; init; } = [];

    /// <summary>Whether it contains repeated fields, whose values are stored as they are read.</summary>
    public bool HoldsRepeated => Array.Exists(Members, m => m.IsRepeated || m.HoldsRepeated);

    /// <summary>Enum: the index of each number, and the names in UTF-8.</summary>
    public Dictionary<int, int> Symbols { get; init; } = [];

    public byte[][] SymbolNames { get; init; } = [];

    public int Number { get; } = Field.Descriptor?.FieldNumber ?? 0;

    public FieldType Type { get; } = Field.Descriptor?.FieldType ?? FieldType.Message;

    public WireType Wire { get; } = WireOf(Field.Descriptor?.FieldType ?? FieldType.Message);

    public bool IsRepeated { get; } = Field.IsRepeated;

    /// <summary>The encoded value that an absent field has.</summary>
    public byte[] Default { get; init; } = [];

    public bool CanBeMissing { get; } = Field.CanBeMissing;

    /// <summary>Whether it is a proto2 enum, whose unknown numbers are treated as unknown fields.</summary>
    public bool IsClosed { get; } = Field.Descriptor is { FieldType: FieldType.Enum } field && field.EnumType.File.ToProto().Syntax is "" or "proto2";

    /// <summary>Returns the member with a number, or null.</summary>
    /// <param name="number">The field's number.</param>
    /// <param name="guess">The index to try first; then that of the member found.</param>
    public ProtobufStep? Member(int number, ref int guess)
    {
        for (int i = guess; i < Math.Min(guess + 2, Members.Length); i++)
        {
            if (Members[i].Number == number)
            {
                guess = i;
                return Members[i];
            }
        }

        int low = 0;
        int high = Members.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int difference = Members[middle].Number - number;
            if (difference == 0)
            {
                guess = middle;
                return Members[middle];
            }

            (low, high) = difference < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    public static WireType WireOf(FieldType type) => type switch
    {
        FieldType.Double or FieldType.Fixed64 or FieldType.SFixed64 => WireType.Fixed64,
        FieldType.Float or FieldType.Fixed32 or FieldType.SFixed32 => WireType.Fixed32,
        FieldType.String or FieldType.Bytes or FieldType.Message => WireType.LengthDelimited,
        FieldType.Group => WireType.StartGroup,
        _ => WireType.Varint,
    };
}
