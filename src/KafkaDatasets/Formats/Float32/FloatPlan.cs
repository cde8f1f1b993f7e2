using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Float32;

/// <summary>Copies numbers that need no conversion, a run of adjacent columns at a time, and converts others one by one.</summary>
internal sealed class FloatPlan : PartPlan
{
    private const double LeastOrdinary = 1e-12;
    private const double MostOrdinary = 1e15;

    private readonly FloatEncoding _encoding;
    private readonly int _length;
    private readonly FixedCopy[] _copies;
    private readonly (int Offset, int Length, ColumnTarget[] Target)[] _converted;

    /// <summary>Compiles a plan.</summary>
    /// <exception cref="Schemas.IncompatibleSchemaException">The column cannot be a label.</exception>
    public FloatPlan(IReadOnlyList<DatasetColumn> columns, FloatEncoding encoding, PartLayout layout)
        : base(layout)
    {
        _encoding = encoding;
        var copies = new List<FixedCopy>();
        var converted = new List<(int Offset, int Length, ColumnTarget[] Target)>();
        foreach (DatasetColumn column in columns)
        {
            int length = column.Slots * encoding.Size;
            foreach (ColumnTarget target in layout.Values(column.Name, encoding.Type))
            {
                if (target.Definition.Type == encoding.Type && encoding.IsNative)
                {
                    Add(copies, new FixedCopy(_length, length, encoding.Type, target.Column, target.Slot, IsVerbatim: true, []));
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

    /// <summary>Whether the bytes are ordinary numbers of either size: the zeros that many of them begin with are not a frame.</summary>
    public override bool LooksPlain(ReadOnlySpan<byte> bytes) => AreOrdinary(_encoding, bytes) || AreOrdinary(_encoding.Other, bytes);

    protected override void Read(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        if (value.Length != _length)
        {
            throw new MalformedValueException($"the {Part} has {value.Length} bytes, where {_length / _encoding.Size} numbers of {_encoding.Size} bytes are {_length}{Hint(value.Length)}");
        }

        foreach (FixedCopy copy in _copies)
        {
            value.Slice(copy.Offset, copy.Length).CopyTo(FixedColumns.SlotBytes(block.Columns[copy.Column], copy.Source, block.Rows, copy.Slot)[..copy.Length]);
        }

        foreach ((int offset, int length, ColumnTarget[] target) in _converted)
        {
            ReadOnlySpan<byte> numbers = value.Slice(offset, length);
            if (!target[0].IsList)
            {
                target.StoreNumber(_encoding.Read(numbers), block);
                continue;
            }

            target.BeginList(block);
            for (int at = 0; at < length; at += _encoding.Size)
            {
                target.StoreNumber(_encoding.Read(numbers[at..]), block);
            }

            target.EndList(block);
        }
    }

    private static bool AreOrdinary(FloatEncoding encoding, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.Length % encoding.Size != 0)
        {
            return false;
        }

        for (int at = 0; at < bytes.Length; at += encoding.Size)
        {
            double number = Math.Abs(encoding.Read(bytes[at..]));
            if (number is not (0 or double.NaN or double.PositiveInfinity or (>= LeastOrdinary and <= MostOrdinary)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Suggests what the length may mean: the same count of numbers of the other size.</summary>
    private string Hint(int length) => length == _length / _encoding.Size * _encoding.Other.Size
        ? $"; so many bytes are {_length / _encoding.Size} numbers of {_encoding.Other.Size}: is it {nameof(RecordFormat)}.{_encoding.Other}?"
        : "";

    private void Add(List<FixedCopy> copies, FixedCopy copy)
    {
        int previous = copies.FindLastIndex(c => c.Column == copy.Column);
        if (previous >= 0 && copies[previous] is var last && last.Offset + last.Length == copy.Offset && last.Slot + (last.Length / _encoding.Size) == copy.Slot)
        {
            copies[previous] = last with { Length = last.Length + copy.Length };
        }
        else
        {
            copies.Add(copy);
        }
    }
}
