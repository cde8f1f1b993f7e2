namespace KafkaDatasets.Rows;

/// <summary>
/// The values of one column of a row block. Rows are written in ascending order, each slot once; a row that failed half-way is written again.
/// </summary>
/// <remarks>
/// A list is written by <see cref="BeginList"/>, for each item <see cref="NextItem"/> and a setter with the slot that it gives, and <see cref="EndList"/>.
/// Decoders do not call this, but <see cref="ColumnTargets"/>.
/// </remarks>
internal abstract class ColumnBuffer(ColumnType type)
{
    public ColumnType Type { get; } = type;

    /// <summary>The bytes that one row takes, text and items of lists apart.</summary>
    public abstract int BytesPerRow { get; }

    /// <summary>Makes room for that many rows.</summary>
    public abstract void EnsureRows(int rows);

    public abstract void SetMissing(int row, int slot);

    public abstract void SetNumber(int row, int slot, double value);

    public abstract void SetNumber(int row, int slot, long value);

    public abstract void SetNumber(int row, int slot, ulong value);

    /// <summary>Sets a date and time by its ticks of 100 ns since 0001-01-01 (in UTC where the column says so), or a time span by its ticks.</summary>
    public abstract void SetTicks(int row, int slot, long ticks);

    public abstract void SetText(int row, int slot, ReadOnlySpan<byte> utf8);

    /// <summary>Begins the list of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="slot">Its first slot, where the column is of known size.</param>
    /// <param name="size">The slots that it has there.</param>
    public abstract void BeginList(int row, int slot, int size);

    /// <summary>The slot of the list's next item, which must then be set.</summary>
    public abstract int NextItem();

    /// <summary>The bytes of the list's next items, of a type that lies on the wire as it does here: UInt8, Single or Double.</summary>
    public abstract Span<byte> NextItems(int count);

    public abstract void EndList(int row);

    /// <summary>Whether one of the first rows has a value in one of some slots that does not stand for missing.</summary>
    public abstract bool HasValue(int rows, int slot, int slots);

    public abstract void CopyRows(ColumnBuffer source, int sourceRow, int row, int count);

    /// <summary>Copies single rows of several columns, one after the other.</summary>
    /// <param name="sources">The same column of several blocks.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="row">Where the first one goes.</param>
    public virtual void Gather(ReadOnlySpan<ColumnBuffer> sources, ReadOnlySpan<RowPosition> rows, int row)
    {
        foreach (RowPosition position in rows)
        {
            CopyRows(sources[position.Block], position.Row, row++, 1);
        }
    }

    protected virtual MalformedValueException Unfit(string what) => new($"{what} is not of the column's type {Type}");
}
