using System.Diagnostics;
using System.Runtime.InteropServices;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.MLNet;

/// <summary>One pass over a view, row by row, which begins with the first <see cref="MoveNext"/>; until then, the cursor holds no resources.</summary>
internal sealed class KafkaCursor : DataViewRowCursor
{
    private readonly ViewSchema _schema;
    private readonly bool[] _active;
    private readonly RowLayout _layout;
    private readonly Func<CursorPass> _open;
    private readonly Func<RowBlock, int, ulong> _idOf;
    private readonly PassLog? _log;
    private readonly Lock _gate = new();
    private readonly BlockingWait _wait = new();
    private CursorPass? _pass;
    private RowBlock? _block;
    private int _row = -1;
    private long _position = -1;
    private volatile bool _isAtEnd;
    private bool _isGivenBack;
    private bool _isMoving;

    public KafkaCursor(ViewSchema schema, bool[] active, RowLayout layout, Func<CursorPass> open, Func<RowBlock, int, ulong> idOf, PassLog? log)
    {
        _schema = schema;
        _active = active;
        _layout = layout;
        _open = open;
        _idOf = idOf;
        _log = log;
    }

    public override long Position => _position;

    public override long Batch => 0;

    public override DataViewSchema Schema => _schema.DataView;

    private int Row => _row >= 0 ? _row : throw new InvalidOperationException("The cursor is not at a row: call MoveNext, and ask for values while it returns true.");

    public override bool MoveNext()
    {
        if (_isAtEnd)
        {
            return false;
        }

        if (_block is { } current && _row + 1 < current.Rows)
        {
            _row++;
            _position++;
            return true;
        }

        return MoveToNextBlock();
    }

    /// <summary>Goes before the first row of a block, which the caller owns: the next moves go through its rows, and the caller stops at the last one.</summary>
    public void Enter(RowBlock block)
    {
        _block = block;
        _row = -1;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId value) =>
        {
            int row = Row;
            value = new DataViewRowId(_idOf(_block!, row), 0);
        };

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
        {
            throw new InvalidOperationException($"Column '{column.Name}' is not active in this cursor: name it in GetRowCursor.");
        }

        ViewColumn viewColumn = _schema.Columns[column.Index];
        return Getter(viewColumn) as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {viewColumn.Type.RawType}, not {typeof(TValue)}.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_gate)
            {
                _isAtEnd = true;
            }

            GiveBack(PassEnd.Left);
        }

        base.Dispose(disposing);
    }

    private bool MoveToNextBlock()
    {
        if (Interlocked.Exchange(ref _isMoving, true))
        {
            throw new InvalidOperationException("A cursor has one caller at a time: open one for each thread.");
        }

        try
        {
            return MoveOn();
        }
        finally
        {
            Volatile.Write(ref _isMoving, false);
        }
    }

    private bool MoveOn()
    {
        _row = -1;
        if (Start() is not { } reader)
        {
            return false;
        }

        do
        {
            if (_block is { } done)
            {
                _block = null;
                reader.Return(done);
            }

            _block = Read(reader);
            if (_block is null)
            {
                _isAtEnd = true;
                GiveBack(PassEnd.Reached); // the cursor may never be disposed
                return false;
            }
        }
        while (_block.Rows == 0);

        _row = 0;
        _position++;
        return true;
    }

    /// <summary>Returns the pass, and starts it if it has not been started; null if another thread has disposed the cursor.</summary>
    private IRowReader? Start()
    {
        lock (_gate)
        {
            if (!_isAtEnd && _pass is null)
            {
                _pass = _open();
                _log?.Begun(_schema.Columns.Where((_, i) => _active[i]));
            }

            return _isAtEnd ? null : _pass?.Rows;
        }
    }

    private RowBlock? Read(IRowReader reader)
    {
        try
        {
            return _wait.Get(reader.ReadAsync());
        }
        catch (Exception e)
        {
            GiveBack(PassEnd.Failed);
            ObjectDisposedException.ThrowIf(e is OperationCanceledException && _isAtEnd, this);
            throw;
        }
    }

    private void GiveBack(PassEnd end)
    {
        long rows = _position + 1;
        _row = -1;
        _position = -1;
        if (_pass is { } pass && !Interlocked.Exchange(ref _isGivenBack, true))
        {
            pass.Abandon();
            _log?.Ended(end, rows, pass.Elapsed());
        }
    }

    private Delegate Getter(ViewColumn column) => column.Role switch
    {
        ViewColumnRole.Label when column.Type is BooleanDataViewType => (ValueGetter<bool>)((ref bool value) => value = Value<float>(_layout.Label) != 0),
        ViewColumnRole.Label when column.Type is KeyDataViewType => (ValueGetter<uint>)((ref uint value) =>
        {
            float index = Value<float>(_layout.Label);
            value = float.IsNaN(index) ? 0 : (uint)index + 1;
        }),
        ViewColumnRole.Label => ScalarGetter<float>(_layout.Label),
        ViewColumnRole.Features => (ValueGetter<VBuffer<float>>)GetFeatures,
        ViewColumnRole.Field => FieldGetter(column.Source!),
        _ => throw new UnreachableException(),
    };

    private Delegate FieldGetter(DatasetColumn column) => column.Part switch
    {
        RecordPart.Partition => (ValueGetter<int>)((ref int value) => value = Block(out int row).Partitions[row]),
        RecordPart.Offset => (ValueGetter<long>)((ref long value) => value = Block(out int row).Offsets[row]),
        RecordPart.Timestamp => (ValueGetter<DateTimeOffset>)((ref DateTimeOffset value) => value = ToTime(Block(out int row).Timestamps[row])),
        null or RecordPart.Key or RecordPart.Header => column.Type switch
        {
            ColumnType.Boolean => FixedGetter<bool>(column),
            ColumnType.Int8 => FixedGetter<sbyte>(column),
            ColumnType.UInt8 => FixedGetter<byte>(column),
            ColumnType.Int16 => FixedGetter<short>(column),
            ColumnType.UInt16 => FixedGetter<ushort>(column),
            ColumnType.Int32 => FixedGetter<int>(column),
            ColumnType.UInt32 or ColumnType.Key => FixedGetter<uint>(column),
            ColumnType.Int64 => FixedGetter<long>(column),
            ColumnType.UInt64 => FixedGetter<ulong>(column),
            ColumnType.Single => FixedGetter<float>(column),
            ColumnType.Double => FixedGetter<double>(column),
            ColumnType.DateTime => FixedGetter<DateTime>(column),
            ColumnType.DateTimeOffset => FixedGetter<DateTimeOffset>(column),
            ColumnType.TimeSpan => FixedGetter<TimeSpan>(column),
            ColumnType.Text => TextGetter(column),
            _ => throw new UnreachableException(),
        },
        _ => throw new UnreachableException(),
    };

    private Delegate FixedGetter<T>(DatasetColumn column)
        where T : unmanaged
    {
        int index = _layout.Field(column.Name);
        return column switch
        {
            { IsRagged: true } => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
            {
                int row = Row;
                var lists = (RaggedColumn)_block!.Columns[index];
                Copy(((FixedColumn<T>)lists.Items).Values.AsSpan(lists.Row(row)), ref value);
            }),
            { IsVector: true } => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => Copy(Values<T>(index), ref value)),
            _ => ScalarGetter<T>(index),
        };
    }

    private Delegate TextGetter(DatasetColumn column)
    {
        int index = _layout.Field(column.Name);
        var memory = new TextMemory();
        return column switch
        {
            { IsRagged: true } => (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) =>
            {
                int row = Row;
                var lists = (RaggedColumn)_block!.Columns[index];
                CopyTexts(memory, (TextColumn)lists.Items, lists.Row(row), ref value);
            }),
            { IsVector: true } => (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) =>
            {
                int first = Row * column.Size;
                CopyTexts(memory, (TextColumn)_block!.Columns[index], first..(first + column.Size), ref value);
            }),
            _ => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) =>
            {
                int row = Row;
                value = memory.Decode(((TextColumn)_block!.Columns[index]).Text(row));
            }),
        };
    }

    private RowBlock Block(out int row)
    {
        row = Row;
        return _block!;
    }

    private ValueGetter<T> ScalarGetter<T>(int index)
        where T : unmanaged => (ref T value) => value = Value<T>(index);

    private T Value<T>(int index)
        where T : unmanaged
    {
        int row = Row;
        return ((FixedColumn<T>)_block!.Columns[index]).Values[row];
    }

    private ReadOnlySpan<T> Values<T>(int index)
        where T : unmanaged
    {
        int row = Row;
        return ((FixedColumn<T>)_block!.Columns[index]).Row(row);
    }

    private void GetFeatures(ref VBuffer<float> value) => Copy(Values<float>(_layout.Features), ref value);

    private static void Copy<T>(ReadOnlySpan<T> items, ref VBuffer<T> value)
    {
        if (value.IsDense && value.Length == items.Length)
        {
            // The same array that an editor would write to; the editor creates the buffer anew for each row, which costs more than the copy.
            ReadOnlySpan<T> values = value.GetValues();
            items.CopyTo(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(values), values.Length));
            return;
        }

        VBufferEditor<T> editor = VBufferEditor.Create(ref value, items.Length);
        items.CopyTo(editor.Values);
        value = editor.Commit();
    }

    private static void CopyTexts(TextMemory memory, TextColumn texts, Range slots, ref VBuffer<ReadOnlyMemory<char>> value)
    {
        int first = slots.Start.Value;
        int count = slots.End.Value - first;
        VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, count);
        for (int i = 0; i < count; i++)
        {
            editor.Values[i] = memory.Decode(texts.Text(first + i));
        }

        value = editor.Commit();
    }

    /// <summary>Converts a record's timestamp; −1 (Kafka's value for no timestamp) and values outside the range of <see cref="DateTimeOffset"/> are missing.</summary>
    private static DateTimeOffset ToTime(long milliseconds) =>
        milliseconds >= 0 && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : default;
}
