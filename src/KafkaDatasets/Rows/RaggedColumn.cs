using System.Runtime.InteropServices;

namespace KafkaDatasets.Rows;

/// <summary>A column of lists of any length: the items of all rows in order, and the end position of each row.</summary>
internal sealed class RaggedColumn(ColumnBuffer items) : ColumnBuffer(items.Type)
{
    private int[] _ends = [];
    private int _room;
    private int _start;
    private int _count;

    /// <summary>The items, with one slot per row.</summary>
    public ColumnBuffer Items => items;

    public override int BytesPerRow => sizeof(int);

    public override long BytesOf(int rows) => ((long)rows * BytesPerRow) + (rows == 0 ? 0 : items.BytesOf(_ends[rows - 1]));

    public override long Bytes => (sizeof(int) * _ends.LongLength) + items.Bytes;

    /// <summary>Returns the range of a row's items.</summary>
    public Range Row(int row) => Start(row).._ends[row];

    public override void EnsureRows(int rows)
    {
        if (_ends.Length < rows)
        {
            Array.Resize(ref _ends, rows);
        }
    }

    public override void SetMissing(int row, int slot) => items.SetMissing(_start + slot, 0);

    public override void SetNumber(int row, int slot, double value) => items.SetNumber(_start + slot, 0, value);

    public override void SetNumber(int row, int slot, long value) => items.SetNumber(_start + slot, 0, value);

    public override void SetNumber(int row, int slot, ulong value) => items.SetNumber(_start + slot, 0, value);

    public override void SetTicks(int row, int slot, long ticks) => items.SetTicks(_start + slot, 0, ticks);

    public override void SetText(int row, int slot, ReadOnlySpan<byte> utf8) => items.SetText(_start + slot, 0, utf8);

    public override void BeginList(int row, int slot, int size)
    {
        _start = Start(row);
        _count = 0;
    }

    public override int NextItem()
    {
        EnsureItems(1);
        return _count++;
    }

    public override Span<byte> NextItems(int count)
    {
        EnsureItems(count);
        int first = _start + _count;
        _count += count;
        return items switch
        {
            FixedColumn<float> singles => MemoryMarshal.AsBytes(singles.Values.AsSpan(first, count)),
            FixedColumn<double> doubles => MemoryMarshal.AsBytes(doubles.Values.AsSpan(first, count)),
            FixedColumn<byte> bytes => bytes.Values.AsSpan(first, count),
            _ => throw new NotSupportedException(Type.ToString()),
        };
    }

    public override void EndList(int row) => _ends[row] = _start + _count;

    public override bool HasValue(int rows, int slot, int slots) => rows > 0 && _ends[rows - 1] > 0;

    public override void CopyRows(ColumnBuffer source, int sourceRow, int row, int count)
    {
        EnsureRows(row + count);
        var other = (RaggedColumn)source;
        int from = other.Start(sourceRow);
        int length = other._ends[sourceRow + count - 1] - from;
        _start = Start(row);
        _count = 0;
        EnsureItems(length);
        items.CopyRows(other.Items, from, _start, length);
        for (int i = 0; i < count; i++)
        {
            _ends[row + i] = other._ends[sourceRow + i] - from + _start;
        }
    }

    /// <summary>Ensures that there is room for more items of the list; the memory at least doubles when it grows, and grows only as items arrive.</summary>
    private void EnsureItems(int more)
    {
        long needed = (long)_start + _count + more;
        if (needed > _room)
        {
            _room = needed <= Array.MaxLength
                ? (int)Math.Min(Math.Max(needed, 2L * _room), Array.MaxLength)
                : throw new InvalidOperationException($"{needed} items of lists are more than one block of memory can hold ({Array.MaxLength}): ask for batches of fewer rows.");
            items.EnsureRows(_room);
        }
    }

    private int Start(int row) => row == 0 ? 0 : _ends[row - 1];
}
