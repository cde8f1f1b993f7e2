namespace KafkaDatasets.Decoding;

/// <summary>A column of text: the UTF-8 bytes of all rows one after another, and where each ends.</summary>
internal sealed class TextColumn() : ColumnBuffer(ElementType.Text)
{
    private byte[] _utf8 = [];
    private int[] _ends = [];

    public override int BytesPerRow => sizeof(int);

    public ReadOnlySpan<byte> Row(int row)
    {
        int start = Start(row);
        return _utf8.AsSpan(start, _ends[row] - start);
    }

    public override void EnsureRows(int rows)
    {
        if (_ends.Length < rows)
        {
            Array.Resize(ref _ends, rows);
        }
    }

    /// <summary>Sets a row's text. Writing a row again, after one that failed half-way, takes its first text back.</summary>
    public void Set(int row, ReadOnlySpan<byte> utf8)
    {
        int start = Start(row);
        int end = checked(start + utf8.Length);
        if (_utf8.Length < end)
        {
            Array.Resize(ref _utf8, (int)Math.Min(Math.Max(end, 2L * _utf8.Length), Array.MaxLength));
        }

        utf8.CopyTo(_utf8.AsSpan(start));
        _ends[row] = end;
    }

    public override void SetMissing(int row, int slot) => Set(row, []);

    public override void SetNumber(int row, int slot, double value) => throw new MalformedValueException("a number is no text");

    public override void SetNumber(int row, int slot, long value) => throw new MalformedValueException("a number is no text");

    public override void CopyRows(ColumnBuffer source, int sourceRow, int row, int count)
    {
        EnsureRows(row + count);
        for (int i = 0; i < count; i++)
        {
            Set(row + i, ((TextColumn)source).Row(sourceRow + i));
        }
    }

    private int Start(int row) => row == 0 ? 0 : _ends[row - 1];
}
