using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>One step of an Avro decode plan; <see cref="Kind"/> determines which members apply.</summary>
internal sealed class AvroStep(AvroStepKind kind, string field)
{
    public AvroStepKind Kind { get; } = kind;

    /// <summary>The field, for messages; for a run of fields, the first.</summary>
    public string Field { get; } = field;

    /// <summary>The targets of the value; for a list, the targets of items that need no steps of their own.</summary>
    public ColumnTarget[] Targets { get; init; } = [];

    /// <summary>List, Bytes, Duration: the vectors that it starts and ends; empty when nested in a list.</summary>
    public ColumnTarget[] Vectors { get; init; } = [];

    /// <summary>List, Bytes, Duration: the targets of the number of items, when nested in a list.</summary>
    public ColumnTarget[] Lengths { get; init; } = [];

    /// <summary>Fixed: the length of the run in bytes; Bytes, Decimal: the length of a fixed, or −1 when the value has its own length; Time: 4 for an int, 8 for a long.</summary>
    public int Length { get; init; }

    /// <summary>Fixed: the copies out of the run.</summary>
    public FixedCopy[] Copies { get; init; } = [];

    /// <summary>Fixed: each field of the run with its end offset.</summary>
    public (int End, string Field)[] Fields { get; init; } = [];

    /// <summary>Union: the steps of each branch; List, SkipBlocks: the steps of an item, as the only entry; Map: those that skip the value of an unwanted key, as the only entry; Default: those of the default.</summary>
    public AvroStep[][] Branches { get; init; } = [];

    /// <summary>List: Single or Double when items have the same layout on the wire as in memory, otherwise null.</summary>
    public ColumnType? Bulk { get; init; }

    /// <summary>Map: the keys that are columns.</summary>
    public NameTable Keys { get; init; } = NameTable.Empty;

    /// <summary>Map: for each of these keys, the steps that skip its value, those that store it, and those for an absent key.</summary>
    public (AvroStep[] Skip, AvroStep[] Store, AvroStep[] Missing)[] Values { get; init; } = [];

    /// <summary>Enum: for each writer index, the symbol in UTF-8 and its zero-based index in the reader's enum.</summary>
    public (byte[] Symbol, int Index)[] Symbols { get; init; } = [];

    /// <summary>Time: the unit.</summary>
    public AvroTimeUnit Unit { get; init; }

    /// <summary>Decimal: the number of digits after the decimal point.</summary>
    public int Scale { get; init; }

    /// <summary>Call: the record's steps, available once it is compiled.</summary>
    public Func<AvroStep[]>? Call { get; init; }

    /// <summary>Default: the value.</summary>
    public byte[] Encoded { get; init; } = [];

    /// <summary>Fail: the reason.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Returns the first incomplete field when a run is truncated after that many bytes.</summary>
    public string FieldAt(int bytes)
    {
        foreach ((int end, string field) in Fields)
        {
            if (end > bytes)
            {
                return field;
            }
        }

        return Field;
    }
}
