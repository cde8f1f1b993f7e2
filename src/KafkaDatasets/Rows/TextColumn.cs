namespace KafkaDatasets.Rows;

/// <summary>A column of text with <c>width</c> slots per row: the UTF-8 bytes of all slots in order, and the end position of each.</summary>
internal sealed class TextColumn(int width) : ColumnBuffer(ColumnType.Text)
{
    private byte[] _utf8 = [];
    private int[] _ends = [];
    private int _next;

    public int Width => width;

    public override int BytesPerRow => sizeof(int) * width;

    public override long BytesOf(int rows) => ((long)rows * BytesPerRow) + (rows == 0 ? 0 : _ends[(rows * width) - 1]);

    public override long Bytes => _utf8.LongLength + (sizeof(int) * _ends.LongLength);

    /// <summary>Returns the text of a slot, whose index counts the slots of all rows.</summary>
    public ReadOnlySpan<byte> Text(int slot)
    {
        int start = Start(slot);
        return _utf8.AsSpan(start, _ends[slot] - start);
    }

    public override void EnsureRows(int rows)
    {
        if (_ends.Length < (long)rows * width)
        {
            Array.Resize(ref _ends, checked(rows * width));
        }
    }

    public override void SetMissing(int row, int slot) => SetText(row, slot, []);

    public override void SetNumber(int row, int slot, double value) => throw Unfit("a number");

    public override void SetNumber(int row, int slot, long value) => throw Unfit("a number");

    public override void SetNumber(int row, int slot, ulong value) => throw Unfit("a number");

    public override void SetTicks(int row, int slot, long ticks) => throw Unfit("a time");

    /// <summary>Stores a text; writing a slot again, after a row that failed part-way, replaces its first text.</summary>
    public override void SetText(int row, int slot, ReadOnlySpan<byte> utf8)
    {
        int cell = row * width + slot;
        int start = Start(cell);
        int end = checked(start + utf8.Length);
        if (_utf8.Length < end)
        {
            Array.Resize(ref _utf8, (int)Math.Min(Math.Max(end, 2L * _utf8.Length), Array.MaxLength));
        }

        utf8.CopyTo(_utf8.AsSpan(start));
        _ends[cell] = end;
    }

    public override void BeginList(int row, int slot, int size) => _next = slot;

    public override int NextItem() => _next < width ? _next++ : throw new MalformedValueException($"the list has more than {width} items");

    public override Span<byte> NextItems(int count) => throw new NotSupportedException();

    public override void EndList(int row)
    {
        if (_next != width)
        {
            throw new MalformedValueException($"the list has {_next} items, not {width}");
        }
    }

    public override bool HasValue(int rows, int slot, int slots)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int i = slot; i < slot + slots; i++)
            {
                if (!Text((row * width) + i).IsEmpty)
                {
                    return true;
                }
            }
        }

        return false;
    }

    public override void CopyRows(ColumnBuffer source, int sourceRow, int row, int count)
    {
        EnsureRows(row + count);
        for (int i = 0; i < count * width; i++)
        {
            SetText(row, i, ((TextColumn)source).Text(sourceRow * width + i));
        }
    }

    public override void Prefetch(int row, int count)
    {
        int start = Start(row * width);
        CacheLines.Prefetch<byte>(_utf8.AsSpan(start.._ends[((row + count) * width) - 1]));
    }

    private int Start(int slot) => slot == 0 ? 0 : _ends[slot - 1];
}
