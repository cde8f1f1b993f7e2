namespace KafkaDatasets.Decoding;

/// <summary>The values of one column of a row block. Rows are written in ascending order, each slot once.</summary>
internal abstract class ColumnBuffer(ElementType type)
{
    public ElementType Type { get; } = type;

    /// <summary>The bytes that one row takes, text apart.</summary>
    public abstract int BytesPerRow { get; }

    /// <summary>Makes room for that many rows.</summary>
    public abstract void EnsureRows(int rows);

    public abstract void SetMissing(int row, int slot);

    public abstract void SetNumber(int row, int slot, double value);

    public abstract void SetNumber(int row, int slot, long value);

    public abstract void CopyRows(ColumnBuffer source, int sourceRow, int row, int count);
}
