using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>One step of an Avro decode plan; which members count depends on <see cref="Kind"/>.</summary>
internal sealed class AvroStep(AvroStepKind kind, string field)
{
    public AvroStepKind Kind { get; } = kind;

    /// <summary>The field, for messages; of a run of fields the first.</summary>
    public string Field { get; } = field;

    /// <summary>Where the value goes; of a list, where its items go that need no steps of their own.</summary>
    public ColumnTarget[] Targets { get; init; } = [];

    /// <summary>List, Bytes, Duration: the vectors that it begins and ends; none where it lies in another list.</summary>
    public ColumnTarget[] Vectors { get; init; } = [];

    /// <summary>List, Bytes, Duration: where the number of items goes, where it lies in another list.</summary>
    public ColumnTarget[] Lengths { get; init; } = [];

    /// <summary>Fixed: the bytes of the run. Bytes, Decimal: the bytes of a fixed, or −1 where the value gives its length. Time: 4 for an int, 8 for a long.</summary>
    public int Length { get; init; }

    /// <summary>Fixed: what is copied out of the run.</summary>
    public FixedCopy[] Copies { get; init; } = [];

    /// <summary>Fixed: each field of the run with the offset of its end.</summary>
    public (int End, string Field)[] Fields { get; init; } = [];

    /// <summary>Union: the steps of each branch. List, SkipBlocks: the steps of an item, alone. Map: those that skip a value of no wanted key, alone. Default: those of the default.</summary>
    public AvroStep[][] Branches { get; init; } = [];

    /// <summary>List: the type of items that lie on the wire as they do in memory, Single or Double, where that is so.</summary>
    public ColumnType? Bulk { get; init; }

    /// <summary>Map: the keys that are columns.</summary>
    public NameTable Keys { get; init; } = NameTable.Empty;

    /// <summary>Map: for each of these keys the steps that skip its value, those that store the value, and those where the key is not there.</summary>
    public (AvroStep[] Skip, AvroStep[] Store, AvroStep[] Missing)[] Values { get; init; } = [];

    /// <summary>Enum: for each index of the writer the symbol in UTF-8 and its zero-based index in the reader's enum.</summary>
    public (byte[] Symbol, int Index)[] Symbols { get; init; } = [];

    /// <summary>Time: its unit.</summary>
    public AvroTimeUnit Unit { get; init; }

    /// <summary>Decimal: the digits behind the point.</summary>
    public int Scale { get; init; }

    /// <summary>Call: the record's steps, known once it is compiled.</summary>
    public Func<AvroStep[]>? Call { get; init; }

    /// <summary>Default: the value.</summary>
    public byte[] Encoded { get; init; } = [];

    /// <summary>Fail: the reason.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The field that is not whole where a run is cut off after that many bytes.</summary>
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
