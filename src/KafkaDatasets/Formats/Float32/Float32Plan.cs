using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Float32;

/// <summary>Copies numbers as they lie: a run of neighbouring columns at a time.</summary>
internal sealed class Float32Plan : PartPlan
{
    private readonly int _length;
    private readonly FixedCopy[] _copies;
    private readonly (int Offset, int Length, ColumnTarget[] Target)[] _converted;

    /// <summary>Compiles a plan.</summary>
    /// <exception cref="IncompatibleSchemaException">A label cannot be made of its column.</exception>
    public Float32Plan(IReadOnlyList<DatasetColumn> columns, PartLayout layout)
        : base(layout)
    {
        var copies = new List<FixedCopy>();
        var converted = new List<(int Offset, int Length, ColumnTarget[] Target)>();
        foreach (DatasetColumn column in columns)
        {
            int length = column.Slots * sizeof(float);
            foreach (ColumnTarget target in layout.Values(column.Name, ColumnType.Single))
            {
                if (target.Definition.Type == ColumnType.Single)
                {
                    Add(copies, new FixedCopy(_length, length, ColumnType.Single, target.Column, target.Slot, IsVerbatim: true, []));
                }
                else
                {
                    converted.Add((_length, length, [target]));
                }
            }

            _length += length;
        }

        _copies = [.. copies];
        _converted = [.. converted];
        Bulk = _converted.Length == 0 ? new VerbatimPlan(_length, _copies, layout) : null;
    }

    public override BulkPlan? Bulk { get; }

    protected override void Read(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        if (value.Length != _length)
        {
            throw new MalformedValueException($"the {Part} has {value.Length} bytes, where {_length / sizeof(float)} numbers of {sizeof(float)} bytes are {_length}");
        }

        foreach (FixedCopy copy in _copies)
        {
            value.Slice(copy.Offset, copy.Length).CopyTo(Unsafe.As<FixedColumn<float>>(block.Columns[copy.Column]).SlotBytes(block.Rows, copy.Slot, copy.Length));
        }

        foreach ((int offset, int length, ColumnTarget[] target) in _converted)
        {
            ReadOnlySpan<byte> numbers = value.Slice(offset, length);
            if (target[0].IsList)
            {
                target.BeginList(block);
                target.StoreItems(numbers, ColumnType.Single, block);
                target.EndList(block);
            }
            else
            {
                target.StoreNumber(BinaryPrimitives.ReadSingleLittleEndian(numbers), block);
            }
        }
    }

    private static void Add(List<FixedCopy> copies, FixedCopy copy)
    {
        int previous = copies.FindLastIndex(c => c.Column == copy.Column);
        if (previous >= 0 && copies[previous] is var last && last.Offset + last.Length == copy.Offset && last.Slot + (last.Length / sizeof(float)) == copy.Slot)
        {
            copies[previous] = last with { Length = last.Length + copy.Length };
        }
        else
        {
            copies.Add(copy);
        }
    }
}
