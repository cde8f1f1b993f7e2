using System.Runtime.CompilerServices;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>How values, or keys, of one writer schema become the columns of one layout: compiled once, run for every record, by several workers at once.</summary>
internal abstract class PartPlan(PartLayout layout)
{
    private readonly (int Column, string Field)[] _binaryLabels = [.. layout.BinaryLabels];

    /// <summary>The part of the records that it reads.</summary>
    protected DataPart Part { get; } = layout.Part;

    /// <summary>The short way for most records, where there is one.</summary>
    public virtual VerbatimPlan? Verbatim => null;

    /// <summary>Writes the part's columns at the block's next row; the caller counts the row.</summary>
    /// <param name="bytes">The value or the key, after the framing.</param>
    /// <param name="block">The block, with room for the row.</param>
    /// <param name="field">The field that was being read when an exception is thrown.</param>
    /// <exception cref="MalformedValueException">It is not of the schema.</exception>
    public abstract void Decode(ReadOnlySpan<byte> bytes, RowBlock block, ref string? field);

    /// <summary>The same where the framing is in a header.</summary>
    /// <param name="rest">What follows the schema's id there.</param>
    /// <param name="bytes">The whole value or key.</param>
    /// <param name="block">The block, with room for the row.</param>
    /// <param name="field">The field that was being read when an exception is thrown.</param>
    public virtual void DecodeBehindHeader(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> bytes, RowBlock block, ref string? field)
    {
        if (!rest.IsEmpty)
        {
            throw new MalformedValueException($"{rest.Length} bytes follow the id in the header {Part.SchemaHeader}");
        }

        Decode(bytes, block, ref field);
    }

    /// <summary>Checks that a binary label, just written, is 0 or 1.</summary>
    protected void CheckBinaryLabels(RowBlock block, ref string? field)
    {
        foreach ((int column, string label) in _binaryLabels)
        {
            float value = Unsafe.As<FixedColumn<float>>(block.Columns[column]).Values[block.Rows];
            if (value is not (0f or 1f))
            {
                field = label;
                throw new MalformedValueException($"the binary label is {value}, neither 0 nor 1");
            }
        }
    }
}
