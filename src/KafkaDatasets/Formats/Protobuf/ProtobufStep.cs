using Google.Protobuf.Reflection;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>What is done with one field of a message. Where each field stands in a value is noted in a slot of its own, so that the last of several counts.</summary>
/// <param name="Field">The field.</param>
/// <param name="Targets">The columns that it goes to.</param>
/// <param name="Slot">Its slot, in which a repeated field counts its values, from −1 on; the slots of the fields in it follow.</param>
internal sealed record ProtobufStep(ProtobufField Field, ColumnTarget[] Targets, int Slot)
{
    /// <summary>The slot after those of the fields in it.</summary>
    public int EndSlot { get; init; } = Slot + 1;

    /// <summary>The fields in it, in the order of their numbers.</summary>
    public ProtobufStep[] Members { get; init; } = [];

    /// <summary>Map: the index in <see cref="Members"/> of each key.</summary>
    public NameTable Keys { get; init; } = NameTable.Empty;

    /// <summary>The fields that it takes the place of: those of the same <c>oneof</c>.</summary>
    public ProtobufStep[] Rivals { get; set; } = [];

    /// <summary>Whether it is in a repeated message.</summary>
    public bool IsInList { get; init; }

    /// <summary>The columns of lists of repeated fields that it has or holds: they are begun with the row.</summary>
    public ColumnTarget[] Vectors { get; init; } = [];

    /// <summary>Of a repeated field in a repeated message: where the number of its values goes.</summary>
    public ColumnTarget[] Counts { get; init; } = [];

    /// <summary>Of bytes in a list: where their number goes.</summary>
    public ColumnTarget[] Lengths { get; init; } = [];

    /// <summary>Whether it holds repeated fields, whose values are stored as they are read.</summary>
    public bool HoldsRepeated => Array.Exists(Members, m => m.IsRepeated || m.HoldsRepeated);

    /// <summary>Enum: the index of each number, and the names in UTF-8.</summary>
    public Dictionary<int, int> Symbols { get; init; } = [];

    public byte[][] SymbolNames { get; init; } = [];

    public int Number { get; } = Field.Descriptor?.FieldNumber ?? 0;

    public FieldType Type { get; } = Field.Descriptor?.FieldType ?? FieldType.Message;

    public WireType Wire { get; } = WireOf(Field.Descriptor?.FieldType ?? FieldType.Message);

    public bool IsRepeated { get; } = Field.IsRepeated;

    /// <summary>The value that the field has where it is not there, as it would stand in a message.</summary>
    public byte[] Default { get; init; } = [];

    public bool CanBeMissing { get; } = Field.CanBeMissing;

    /// <summary>Enum of proto2, whose unknown numbers count as unknown fields.</summary>
    public bool IsClosed { get; } = Field.Descriptor is { FieldType: FieldType.Enum } field && field.EnumType.File.ToProto().Syntax is "" or "proto2";

    /// <summary>The member of a number, or null.</summary>
    /// <param name="number">The field's number.</param>
    /// <param name="guess">The index that is tried first; then that of the one found.</param>
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
