using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Converts values or keys of one writer schema to the columns of one layout; compiled once, run for every record, and thread-safe.</summary>
internal abstract class PartPlan(PartLayout layout)
{
    private readonly BinaryLabels _binaryLabels = layout.BinaryLabels;

    /// <summary>The part of the records that it reads.</summary>
    protected DataPart Part { get; } = layout.Part;

    /// <summary>The fast path for most records, or null.</summary>
    public virtual BulkPlan? Bulk => null;

    /// <summary>Whether bytes that do not match the schema still look like plain values of the format, and not like framed ones.</summary>
    public virtual bool LooksPlain(ReadOnlySpan<byte> bytes) => false;

    /// <summary>Lists the columns that the plan fills, to help diagnose a wrong value.</summary>
    public override string ToString() =>
        $"{GetType().Name} of the {Part}: {string.Join(", ", layout.Targets.SelectMany(field => field).Select(t => $"{t.Field.Name} ({t.Field.Type}) → column {t.Column}, slot {t.Slot} ({t.Definition.Type}{(t.Definition.Label is { } label ? $", {label} label" : "")})"))}{(Bulk is { } bulk ? $"; ordinary records by {bulk.GetType().Name}" : "")}";

    /// <summary>Writes the part's columns at the block's next row; the caller counts the row.</summary>
    /// <param name="bytes">The value or the key, after the framing.</param>
    /// <param name="block">The block, with room for the row.</param>
    /// <param name="field">The field that was being read when an exception is thrown.</param>
    /// <exception cref="MalformedValueException">The bytes do not match the schema, or a binary label is neither 0 nor 1.</exception>
    public void Decode(ReadOnlySpan<byte> bytes, RowBlock block, ref string? field)
    {
        Read(bytes, block, ref field);
        _binaryLabels.Check(block, ref field);
    }

    /// <summary>Writes the part's columns at the block's next row when the framing is in a header.</summary>
    /// <param name="rest">The bytes after the schema's id in the header.</param>
    /// <param name="bytes">The whole value or key.</param>
    /// <param name="block">The block, with room for the row.</param>
    /// <param name="field">The field that was being read when an exception is thrown.</param>
    /// <exception cref="MalformedValueException">The bytes do not match the schema, or a binary label is neither 0 nor 1.</exception>
    public void DecodeBehindHeader(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> bytes, RowBlock block, ref string? field)
    {
        ReadBehindHeader(rest, bytes, block, ref field);
        _binaryLabels.Check(block, ref field);
    }

    /// <summary>Reads a value into the columns; the base class checks the binary labels.</summary>
    protected abstract void Read(ReadOnlySpan<byte> bytes, RowBlock block, ref string? field);

    /// <summary>Reads a value whose framing is in a header; by default the format has no data of its own there.</summary>
    protected virtual void ReadBehindHeader(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> bytes, RowBlock block, ref string? field)
    {
        if (!rest.IsEmpty)
        {
            throw new MalformedValueException($"{rest.Length} bytes follow the id in the header {Part.SchemaHeader}");
        }

        Read(bytes, block, ref field);
    }
}
