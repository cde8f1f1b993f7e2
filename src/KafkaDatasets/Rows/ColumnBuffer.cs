namespace KafkaDatasets.Rows;

/// <summary>The values of one column of a row block.</summary>
/// <remarks>
/// Rows are written in ascending order and each slot once; a row that failed part-way is written again.
/// To write a list, call <see cref="BeginList"/>, then for each item <see cref="NextItem"/> and a setter with the returned slot, then <see cref="EndList"/>.
/// Decoders call <see cref="ColumnTargets"/> instead of this class.
/// </remarks>
internal abstract class ColumnBuffer(ColumnType type)
{
    public ColumnType Type { get; } = type;

    /// <summary>The number of bytes per row, not counting text and list items.</summary>
    public abstract int BytesPerRow { get; }

    /// <summary>The number of bytes of the first rows, counting text and list items.</summary>
    public abstract long BytesOf(int rows);

    /// <summary>The number of bytes of its arrays.</summary>
    public abstract long Bytes { get; }

    /// <summary>Ensures that there is room for this many rows.</summary>
    public abstract void EnsureRows(int rows);

    public abstract void SetMissing(int row, int slot);

    public abstract void SetNumber(int row, int slot, double value);

    public abstract void SetNumber(int row, int slot, long value);

    public abstract void SetNumber(int row, int slot, ulong value);

    /// <summary>Sets a number that an integer tensor holds exactly, or not at all.</summary>
    public virtual void SetNumber(int row, int slot, decimal value) => throw Unfit("a decimal");

    /// <summary>Sets a date and time as ticks of 100 ns since 0001-01-01 (in UTC if the column is), or a time span as ticks.</summary>
    public abstract void SetTicks(int row, int slot, long ticks);

    public abstract void SetText(int row, int slot, ReadOnlySpan<byte> utf8);

    /// <summary>Begins the list of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="slot">The first slot of the list, when the column has a fixed size.</param>
    /// <param name="size">The number of slots of the list, when the column has a fixed size.</param>
    public abstract void BeginList(int row, int slot, int size);

    /// <summary>Returns the slot of the list's next item, which must then be set.</summary>
    public abstract int NextItem();

    /// <summary>Returns the bytes of the list's next items, whose type has the same layout on the wire as here: UInt8, Single or Double.</summary>
    public abstract Span<byte> NextItems(int count);

    public abstract void EndList(int row);

    /// <summary>Whether one of the first rows has a non-missing value in the given slots.</summary>
    public abstract bool HasValue(int rows, int slot, int slots);

    public abstract void CopyRows(ColumnBuffer source, int sourceRow, int row, int count);

    /// <summary>Has rows loaded into the core's cache.</summary>
    public virtual void Prefetch(int row, int count)
    {
    }

    /// <summary>Copies single rows of several columns, one after another.</summary>
    /// <param name="sources">The same column of several blocks.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="row">The row to which the first one is copied.</param>
    public virtual void Gather(ReadOnlySpan<ColumnBuffer> sources, ReadOnlySpan<RowPosition> rows, int row)
    {
        foreach (RowPosition position in rows)
        {
            CopyRows(sources[position.Block], position.Row, row++, 1);
        }
    }

    /// <summary>Whether each row has room of its own, so that rows can be written in any order.</summary>
    public virtual bool CanScatter => false;

    /// <summary>Copies consecutive rows to any rows of other blocks, which must have room for them.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="columns">The same column of the other blocks.</param>
    /// <param name="targets">Where each row belongs.</param>
    public virtual void Scatter(int row, ReadOnlySpan<ColumnBuffer> columns, ReadOnlySpan<RowPosition> targets) => throw new NotSupportedException();

    protected virtual MalformedValueException Unfit(string what) => new($"{what} is not of the column's type {Type}");
}
