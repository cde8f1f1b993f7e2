namespace KafkaDatasets.Decoding.Avro;

/// <summary>One step of an Avro decode plan; which members count depends on <see cref="Kind"/>.</summary>
internal sealed class AvroStep(AvroStepKind kind, string field)
{
    public AvroStepKind Kind { get; } = kind;

    /// <summary>The field, for messages; of a run of fields the first.</summary>
    public string Field { get; } = field;

    public ColumnTarget[] Targets { get; init; } = [];

    /// <summary>Fixed: the bytes of the run.</summary>
    public int Length { get; init; }

    /// <summary>Fixed: what is copied out of the run.</summary>
    public FixedCopy[] Copies { get; init; } = [];

    /// <summary>Fixed: each field of the run with the offset of its end.</summary>
    public (int End, string Field)[] Fields { get; init; } = [];

    /// <summary>Union: the steps of each branch. SkipBlocks: the steps of an item, alone.</summary>
    public AvroStep[][] Branches { get; init; } = [];

    /// <summary>Enum: for each index of the writer the symbol in UTF-8 and its zero-based index in the reader's enum.</summary>
    public (byte[] Symbol, int Index)[] Symbols { get; init; } = [];

    /// <summary>Call: the record's steps, known once it is compiled.</summary>
    public Func<AvroStep[]>? Call { get; init; }

    public double NumberValue { get; init; }

    public long IntegerValue { get; init; }

    public byte[] TextValue { get; init; } = [];

    /// <summary>Fail: the reason.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The field that is not whole where a run is cut off after that many bytes.</summary>
    public string FieldAt(int bytes) => Fields.FirstOrDefault(f => f.End > bytes, (End: Length, Field)).Field;
}
